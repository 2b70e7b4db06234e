#include "dialect/reql/write.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/random.h"
#include "dialect/reql/context.h"
#include "dialect/reql/purity.h"

namespace octavo::reql {
namespace {

constexpr std::size_t kMaxStoredArray = 100'000;  // whatever the query's array limit is

// What an element and a field take at least when they are stored.
constexpr std::size_t kLeastElementBytes = 2;
constexpr std::size_t kLeastFieldBytes = 3;

// Parts that are shared are looked at each time, as they are stored each time; `room` ends that
// where the document is too large anyway, and whoever encodes it says so.
Status check_storable(const Value& datum, std::size_t& room) {
  switch (datum.type()) {
    case Type::array:
      if (datum.as_array().size() > kMaxStoredArray) {
        return fail_logic("Array too large for disk writes (limit 100,000 elements).");
      }
      for (const Value& element : datum.as_array()) {
        if (room < kLeastElementBytes) return {};
        room -= kLeastElementBytes;
        TRY_STATUS(check_storable(element, room));
      }
      return {};
    case Type::object:
      for (const Field& field : datum.as_object()) {
        if (room < kLeastFieldBytes) return {};
        room -= kLeastFieldBytes;
        TRY_STATUS(check_storable(field.value, room));
      }
      return {};
    case Type::min_key:
    case Type::max_key: return fail_logic("`r.minval` and `r.maxval` cannot be written to disk.");
    default: return {};
  }
}

Status check_storable(const Value& datum) {
  std::size_t room = kMaxDocumentBytes;
  return check_storable(datum, room);
}

Status check_row(const std::string& primary_key, const Value& key, const Value& before,
                 const Value& after) {
  if (after.is_null()) return {};
  if (!is_plain_object(after)) {
    return fail_logic(fmt::format("Inserted value must be an OBJECT (got {}):\n{}",
                                  type_name(after), print(after)));
  }
  const Value* new_key = after.find(primary_key);
  if (new_key == nullptr) {
    return fail_logic(
        fmt::format("Inserted object must have primary key `{}`:\n{}", primary_key, print(after)));
  }
  if (same(*new_key, key)) return check_storable(after);
  if (before.is_null()) {
    return fail_logic(
        fmt::format("Primary key `{}` cannot be changed (null -> {})", primary_key, print(after)));
  }
  return fail_logic(fmt::format("Primary key `{}` cannot be changed (`{}` -> `{}`).", primary_key,
                                print(before), print(after)));
}

Result<Value> apply_write_hook(Env& env, const WriteHookInfo& hook, const Value& key,
                               const Value& before, const Value& after) {
  const Value arguments[] = {Value::object({{"primary_key", key}, {"timestamp", now_value(env)}}),
                             before, after};
  const Function function{.lambda = hook.function, .captured = {}, .place = {}};
  Result<Value> modified = call_datum(env, function, arguments);
  if (!modified) {
    return fail(modified.error().code,
                fmt::format("Error in write hook: {}", modified.error().what));
  }
  if (after.is_null() && !modified->is_null()) {
    return fail(Code::unavailable,
                "A write hook function must not turn a deletion into a replace/insert.");
  }
  if (!after.is_null() && modified->is_null()) {
    return fail(Code::unavailable,
                "A write hook function must not turn a replace/insert into a deletion.");
  }
  return modified;
}

// Why a batch of rows was not written. A statement whose earlier batches were has not failed
// without a trace.
Error after_others(const Error& error, const WriteStats& stats) {
  const ErrorKind kind = kind_of(error.code);
  const bool none_done = kind == ErrorKind::op_failed || kind == ErrorKind::interrupted;
  return stats.any_written() && none_done ? partly_done(error) : error;
}

}  // namespace

Result<WriteDurability> durability_option(Args& args) {
  TRY(const std::optional<Value> given, args.option_string("durability"));
  if (!given) return WriteDurability::table_default;
  if (given->as_string() == "hard") return WriteDurability::hard;
  if (given->as_string() == "soft") return WriteDurability::soft;
  return fail_logic(
      fmt::format("Durability option `{}` unrecognized (options are \"hard\" and \"soft\").",
                  given->as_string()));
}

Result<WriteOptions> write_options(Env& /*env*/, Args& args) {
  WriteOptions options;
  TRY(const std::optional<Val> obsolete, args.option("return_vals"));
  if (obsolete) {
    return fail_logic(
        "Error: encountered obsolete optarg `return_vals`.  Use `return_changes` "
        "instead.");
  }
  TRY(const std::optional<Value> changes, args.option_datum("return_changes"));
  if (changes && changes->is_string()) {
    if (changes->as_string() != "always") {
      return fail_logic(
          fmt::format("Invalid return_changes value `{}` (options are `true`, "
                      "`false`, and `'always'`.)",
                      changes->as_string()));
    }
    options.return_changes = ReturnChanges::always;
  } else if (changes && truthy(*changes)) {
    options.return_changes = ReturnChanges::changed;
  }
  TRY(options.durability, durability_option(args));
  TRY(const std::optional<bool> ignore, args.option_boolean("ignore_write_hook"));
  options.ignore_write_hook = ignore.value_or(false);
  return options;
}

Status check_write_hook_option(Env& env, const TableInfo& table, const WriteOptions& options) {
  if (!options.ignore_write_hook) return {};
  TRY(Host* const host, env.need_host());
  return host->require_config(table);
}

void WriteStats::count_change(const Value& before, const Value& after, bool changed,
                              ReturnChanges wanted) {
  if (before.is_null()) {
    ++(after.is_null() ? skipped_ : inserted_);
  } else if (after.is_null()) {
    ++deleted_;
  } else {
    ++(changed ? replaced_ : unchanged_);
  }
  const bool returned =
      wanted == ReturnChanges::always || (wanted == ReturnChanges::changed && changed);
  if (returned) changes_.push_back(Value::object({{"new_val", after}, {"old_val", before}}));
}

void WriteStats::count_error(const std::string& message, const Value& before,
                             ReturnChanges wanted) {
  ++errors_;
  if (!first_error_) first_error_ = message;
  if (wanted == ReturnChanges::always) {
    changes_.push_back(
        Value::object({{"error", string(message)}, {"new_val", before}, {"old_val", before}}));
  }
}

void WriteStats::arrange_changes(const std::vector<std::size_t>& places) {
  ASSERT(changes_.size() >= places.size());
  const auto first = changes_.end() - static_cast<std::ptrdiff_t>(places.size());
  std::vector<Value> arranged(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    arranged[places[i]] = std::move(first[static_cast<std::ptrdiff_t>(i)]);
  }
  std::ranges::move(arranged, first);
}

void WriteStats::add_generated_key(std::string key) { generated_keys_.push_back(std::move(key)); }

Result<Value> WriteStats::finish(Env& env, ReturnChanges wanted) && {
  const auto counter = [](std::uint64_t count) { return number(static_cast<double>(count)); };
  std::vector<Field> fields{{"deleted", counter(deleted_)},   {"errors", counter(errors_)},
                            {"inserted", counter(inserted_)}, {"replaced", counter(replaced_)},
                            {"skipped", counter(skipped_)},   {"unchanged", counter(unchanged_)}};
  std::vector<Value> warnings;
  const std::size_t limit = env.array_limit();
  if (first_error_) fields.push_back({"first_error", string(*first_error_)});
  if (wanted != ReturnChanges::no) {
    if (changes_.size() > limit) {
      changes_.resize(limit);
      warnings.push_back(string(fmt::format("Too many changes, array truncated to {}.", limit)));
    }
    fields.push_back({"changes", Value::array(std::move(changes_))});
  }
  if (!generated_keys_.empty()) {
    if (generated_keys_.size() > limit) {
      warnings.push_back(string(fmt::format("Too many generated keys ({}), array truncated to {}.",
                                            generated_keys_.size(), limit)));
      generated_keys_.resize(limit);
    }
    std::vector<Value> keys;
    keys.reserve(generated_keys_.size());
    for (const std::string& key : generated_keys_) keys.push_back(string(key));
    fields.push_back({"generated_keys", Value::array(std::move(keys))});
  }
  if (!warnings.empty()) fields.push_back({"warnings", Value::array(std::move(warnings))});
  return make_object(std::move(fields));
}

Status write_rows(Env& env, const TablePtr& table, std::vector<Value> keys, const NewRow& new_row,
                  const WriteOptions& options, WriteStats& stats) {
  if (keys.empty()) return {};
  struct Outcome {
    Value before;  // of a row that cannot be read: its key alone
    Value after;
    bool unread = false;
  };
  std::vector<Outcome> outcomes(keys.size());
  const std::string& primary_key = table->primary_key;
  TablePtr now = table;  // its write hook may change until the rows are written
  const auto decide = [&](std::size_t i, const Value* current) -> Result<RowEdit> {
    Outcome& outcome = outcomes[i];
    outcome = {.before = current == nullptr ? Value::null() : *current, .after = {}};
    TRY(Value after, new_row(i, outcome.before));
    const bool untouched = after.is_null() && outcome.before.is_null();
    if (now->write_hook && !options.ignore_write_hook && !untouched) {
      TRY(after, apply_write_hook(env, *now->write_hook, keys[i], outcome.before, after));
    }
    TRY_STATUS(check_row(primary_key, keys[i], outcome.before, after));
    outcome.after = after;
    if (same(outcome.before, after)) return RowEdit{};
    if (after.is_null()) return RowEdit{.action = RowEdit::Action::erase, .row = {}};
    return RowEdit{.action = RowEdit::Action::put, .row = std::move(after)};
  };
  // A write hook looks at every row.
  const auto decide_unread = [&](std::size_t i) -> Result<RowEdit> {
    if (now->write_hook && !options.ignore_write_hook) {
      return fail(Code::corrupt,
                  "The row cannot be read, and the table's write hook would read it.");
    }
    Outcome& outcome = outcomes[i];
    outcome = {.before = Value::object({{primary_key, keys[i]}}), .after = {}, .unread = true};
    TRY(outcome.after, new_row(i, outcome.before));
    TRY_STATUS(check_row(primary_key, keys[i], outcome.before, outcome.after));
    if (outcome.after.is_null()) return RowEdit{.action = RowEdit::Action::erase, .row = {}};
    return RowEdit{.action = RowEdit::Action::put, .row = outcome.after};
  };
  TRY(Host* const host, env.need_host());
  WriteRequest request{.table = table,
                       .keys = keys,
                       .decide = decide,
                       .decide_unread = nullptr,
                       .stored = [&](std::size_t i, const Value& row) { outcomes[i].after = row; },
                       .decide_for = [&](TablePtr changed) { now = std::move(changed); },
                       .durability = options.durability};
  if (!options.looks_at_row) request.decide_unread = decide_unread;
  const auto statuses = host->write_rows(request);
  if (!statuses) return fail(after_others(statuses.error(), stats));
  ASSERT(statuses->size() == keys.size());
  for (std::size_t i = 0; i < statuses->size(); ++i) {
    const Status& status = (*statuses)[i];
    if (status) {
      const auto& [before, after, unread] = outcomes[i];
      stats.count_change(before, after, unread || !same(before, after), options.return_changes);
      continue;
    }
    const Error& error = status.error();
    stats.count_error(error.what, outcomes[i].before, options.return_changes);
  }
  env.query().trail.clear();  // errors of rows are counted, not raised
  return {};
}

Result<Value> merge_results(Env& env, const Value& left, const Value& right,
                            std::vector<std::string>& warnings) {
  TRY_STATUS(check_object(right));
  value::ObjectBuilder merged(left);
  for (const Field& field : right.as_object()) {
    const Value* old = merged.find(field.name);
    if (old == nullptr) {
      merged.set(field.name, field.value);
    } else if (old->is_number() && field.value.is_number()) {
      merged.set(field.name, number(old->to_double() + field.value.to_double()));
    } else if (old->is_array() && field.value.is_array()) {
      std::vector<Value> joined(old->as_array().begin(), old->as_array().end());
      joined.insert(joined.end(), field.value.as_array().begin(), field.value.as_array().end());
      if (joined.size() > env.array_limit()) {
        joined.resize(env.array_limit());
        warnings.push_back(
            fmt::format("Too many changes, array truncated to {}.", env.array_limit()));
      }
      merged.set(field.name, Value::array(std::move(joined)));
    } else if (!old->is_string() || !field.value.is_string()) {
      return fail_logic(fmt::format("Cannot merge statistics `{}` (type {}) and `{}` (type {}).",
                                    print_short(*old), type_name(*old), print_short(field.value),
                                    type_name(field.value)));
    }
  }
  const Value object = std::move(merged).build();
  return make_object({object.as_object().begin(), object.as_object().end()});
}

Value with_warnings(const Value& result, const std::vector<std::string>& warnings) {
  if (warnings.empty()) return result;
  std::vector<Value> list;
  if (const Value* old = result.find("warnings"); old != nullptr && old->is_array()) {
    list.assign(old->as_array().begin(), old->as_array().end());
  }
  for (const std::string& warning : warnings) {
    const Value text = string(warning);
    const bool known = std::any_of(list.begin(), list.end(),
                                   [&text](const Value& other) { return same(other, text); });
    if (!known) list.push_back(text);
  }
  value::ObjectBuilder fields(result);
  fields.set("warnings", Value::array(std::move(list)));
  const Value object = std::move(fields).build();
  return make_object({object.as_object().begin(), object.as_object().end()});
}

std::string new_uuid() {
  Random& random = thread_random();
  const std::uint64_t high = (random() & ~std::uint64_t{0xf000}) | 0x4000;  // version 4
  const std::uint64_t low = (random() & ~(std::uint64_t{3} << 62)) | (std::uint64_t{2} << 62);
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xffff, low >> 48, low & 0xffff'ffff'ffff);
}

}  // namespace octavo::reql
