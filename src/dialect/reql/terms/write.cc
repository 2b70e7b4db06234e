// INSERT, UPDATE, REPLACE, DELETE, SYNC and FOR_EACH.

#include "dialect/reql/write.h"

#include <fmt/format.h>

#include "dialect/reql/access.h"
#include "dialect/reql/context.h"
#include "dialect/reql/keys.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"

namespace octavo::reql {
namespace {

constexpr std::size_t kWriteBatchRows = 1024;

enum class Conflict : std::uint8_t { error, replace, update, function };

struct InsertPlan {
  TablePtr table;
  Conflict conflict = Conflict::error;
  std::optional<Function> resolve;
  WriteOptions options;
};

Status read_conflict(Env& env, Args& args, InsertPlan& plan) {
  TRY(const std::optional<Val> given, args.option("conflict"));
  if (!given) return {};
  if (given->kind() == Kind::function) {
    plan.conflict = Conflict::function;
    plan.resolve = given->function();
    if (!is_deterministic(plan.resolve->lambda, Now::constant)) {
      return fail_logic("The conflict function passed to `insert` must be deterministic.");
    }
    if (plan.resolve->arity() != 0 && plan.resolve->arity() != 3) {
      return fail_logic("The conflict function passed to `insert` should expect 3 arguments.");
    }
    return {};
  }
  TRY(const Value name, to_datum(env, *given));
  if (Status checked = check_string(name); !checked) {
    return args.at("conflict", std::unexpected(std::move(checked).error()));
  }
  if (name.as_string() == "error") {
    plan.conflict = Conflict::error;
  } else if (name.as_string() == "replace") {
    plan.conflict = Conflict::replace;
  } else if (name.as_string() == "update") {
    plan.conflict = Conflict::update;
  } else {
    return args.at("conflict",
                   fail_logic(fmt::format("Conflict option `{}` unrecognized (options are "
                                          "\"error\", \"replace\" and \"update\").",
                                          name.as_string())));
  }
  return {};
}

Result<Value> resolve_conflict(Env& env, const InsertPlan& plan, const Value& before,
                               const Value& inserted) {
  if (before.is_null() || plan.conflict == Conflict::replace) return inserted;
  switch (plan.conflict) {
    case Conflict::update: return merge(before, inserted);
    case Conflict::function: {
      const Value arguments[] = {string(plan.table->primary_key), before, inserted};
      return call_datum(env, *plan.resolve, arguments);
    }
    case Conflict::error:
    case Conflict::replace: break;
  }
  return fail(Code::already_exists,
              fmt::format("Duplicate primary key `{}`:\n{}\n{}", plan.table->primary_key,
                          print(before), print(inserted)));
}

// The document's key; a new one is made, and put into the document, when it has none.
Result<Value> key_of(const InsertPlan& plan, Value& document, WriteStats& stats) {
  if (!is_plain_object(document)) {
    TRY_STATUS(check_object(document));
    return fail_logic(fmt::format("Inserted value must be an OBJECT (got {}):\n{}",
                                  type_name(document), print(document)));
  }
  const std::string& name = plan.table->primary_key;
  if (const Value* key = document.find(name)) {
    TRY_STATUS(check_primary_key(*plan.table, *key));
    return *key;
  }
  std::string generated = new_uuid();
  Value key = string(generated);
  std::vector<Field> fields(document.as_object().begin(), document.as_object().end());
  fields.push_back({name, key});
  document = make_object(std::move(fields));
  stats.add_generated_key(std::move(generated));
  return key;
}

Status insert_rows(Env& env, const InsertPlan& plan, std::vector<Value> documents,
                   WriteStats& stats) {
  std::vector<Value> keys;
  std::vector<Value> valid;
  std::vector<std::size_t> places;  // of the documents, in the order in which they are counted
  std::vector<std::size_t> valid_places;
  keys.reserve(documents.size());
  valid.reserve(documents.size());
  for (std::size_t i = 0; i < documents.size(); ++i) {
    Result<Value> key = key_of(plan, documents[i], stats);
    if (!key) {
      stats.count_error(key.error().what, Value::null(), plan.options.return_changes);
      places.push_back(i);
      continue;
    }
    keys.push_back(*std::move(key));
    valid.push_back(std::move(documents[i]));
    valid_places.push_back(i);
  }
  const bool mixed = !places.empty() && plan.options.return_changes == ReturnChanges::always;
  places.insert(places.end(), valid_places.begin(), valid_places.end());
  const NewRow new_row = [&](std::size_t i, const Value& before) {
    return resolve_conflict(env, plan, before, valid[i]);
  };
  TRY_STATUS(write_rows(env, plan.table, std::move(keys), new_row, plan.options, stats));
  if (mixed) stats.arrange_changes(places);
  return {};
}

Result<Val> insert(Env& env, Args& args) {
  InsertPlan plan;
  TRY(plan.table, args.table(0));
  TRY(plan.options, write_options(env, args));
  TRY_STATUS(read_conflict(env, args, plan));
  plan.options.looks_at_row = plan.conflict != Conflict::replace;
  TRY_STATUS(check_write_hook_option(env, *plan.table, plan.options));
  WriteStats stats;
  TRY(const Val source, args.val(1));
  const bool datum_like = source.is_datum() || source.kind() == Kind::single_selection;
  Value datum;
  if (datum_like) {
    TRY(datum, to_datum(env, source));
  }
  if (datum_like && datum.is_object()) {
    TRY_STATUS(insert_rows(env, plan, {datum}, stats));
  } else {
    Result<StreamPtr> stream = to_sequence(env, datum_like ? Val(datum) : source);
    if (!stream) return args.at(1, std::unexpected(std::move(stream).error()));
    TRY_STATUS(check_finite(**stream));
    const std::size_t batch = (*stream)->is_array() ? env.array_limit() : kWriteBatchRows;
    while (true) {
      std::vector<Value> rows;
      TRY(const bool any, (*stream)->more(env, rows, batch));
      if (!any) break;
      TRY_STATUS(insert_rows(env, plan, std::move(rows), stats));
    }
  }
  TRY(Value result, std::move(stats).finish(env, plan.options.return_changes));
  return Val(std::move(result));
}

// What an update, replace or delete makes of a row.
using Change = std::function<Result<Value>(const Value& before)>;

// Changes rows whose new values depend on nothing but the row: decided when they are written.
Status change_atomically(Env& env, const TablePtr& table, std::vector<Value> keys,
                         const Change& change, const WriteOptions& options, WriteStats& stats) {
  const NewRow new_row = [&](std::size_t /*i*/, const Value& before) { return change(before); };
  return write_rows(env, table, std::move(keys), new_row, options, stats);
}

// Decided before they are written, as the functions may read other rows or differ between calls.
Status change_beforehand(Env& env, const TablePtr& table, const std::vector<Value>& keys,
                         const std::vector<Value>& rows, const Change& change,
                         const WriteOptions& options, WriteStats& stats) {
  std::vector<Value> changed_keys;
  std::vector<Value> changed;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Result<Value> after = change(rows[i]);
    if (!after && function::ends_statement(after.error().code)) return fail(after.error());
    if (!after) {
      stats.count_error(after.error().what, rows[i], options.return_changes);
      env.query().trail.clear();
      continue;
    }
    changed_keys.push_back(keys[i]);
    changed.push_back(*std::move(after));
  }
  const NewRow new_row = [&](std::size_t i, const Value& /*before*/) -> Result<Value> {
    return changed[i];
  };
  return write_rows(env, table, std::move(changed_keys), new_row, options, stats);
}

Result<Val> change_rows(Env& env, Args& args, const Val& target, const Change& change,
                        bool deterministic, const WriteOptions& options) {
  WriteStats stats;
  if (target.kind() == Kind::single_selection) {
    const SingleSelection& single = target.single();
    TRY_STATUS(check_write_hook_option(env, *single.table, options));
    std::vector<Value> rows;
    Value key = single.key;
    if (single.slice || !deterministic) {
      TRY(Value row, to_datum(env, target));
      if (single.slice) key = *row.find(single.table->primary_key);
      rows.push_back(std::move(row));
    }
    TRY_STATUS(deterministic
                   ? change_atomically(env, single.table, {key}, change, options, stats)
                   : change_beforehand(env, single.table, {key}, rows, change, options, stats));
  } else {
    Result<Selection> selection = to_selection(env, target);
    if (!selection) return args.at(0, std::unexpected(std::move(selection).error()));
    TRY_STATUS(check_write_hook_option(env, *selection->table, options));
    while (true) {
      std::vector<Value> rows;
      TRY(const bool any, selection->rows->more(env, rows, kWriteBatchRows));
      if (!any) break;
      std::vector<Value> keys;
      keys.reserve(rows.size());
      for (const Value& row : rows) {
        const Value* key = row.find(selection->table->primary_key);
        ASSERT(key != nullptr);  // a selection's rows are rows of its table
        keys.push_back(*key);
      }
      TRY_STATUS(
          deterministic
              ? change_atomically(env, selection->table, std::move(keys), change, options, stats)
              : change_beforehand(env, selection->table, keys, rows, change, options, stats));
    }
  }
  TRY(Value result, std::move(stats).finish(env, options.return_changes));
  return Val(std::move(result));
}

// The row with what `function` yields merged into it; rows that are not there stay so.
Result<Value> updated(Env& env, const Function& function, const Value& before) {
  if (before.is_null()) return Value::null();
  Env inner = env;
  inner.literal_ok = true;
  TRY(const Value patch, call_datum(inner, function, before));
  if (patch.is_null()) return before;
  if (patch.type() == Type::timestamp || patch.type() == Type::geometry) {
    return fail_logic(fmt::format("Cannot merge objects of type `{}`.", type_name(patch)));
  }
  return merge(before, patch);
}

// The new row, or what is merged into it, as a function of the old one. An object that is not
// constant is computed for each row, so that an error in it is an error of the row.
Result<Function> change_function(Env& env, Args& args) {
  const algebra::ExprPtr& written = args.call().args.back();
  if (!std::holds_alternative<algebra::MakeObject>(written->node)) {
    return args.function(1, Shortcut::constant);
  }
  Backtrace place = place_of(env);
  place.emplace_back(std::int32_t{1});
  return make_lambda({own_variable(2)}, written, capture(env), std::move(place));
}

// Whether it yields the same for every row.
bool is_constant(const Function& function) {
  const algebra::Lambda& lambda = function.node();
  const auto of = [&](bool row) {
    algebra::Bindings bindings;
    for (const algebra::VarId param : lambda.params) {
      bindings.emplace_back(param, Value::boolean(row));
    }
    return algebra::bind(lambda.body, bindings);
  };
  return lambda.params.empty() || algebra::equal(of(false), of(true));
}

template <bool update>
Result<Val> replace(Env& env, Args& args) {
  TRY(const std::optional<bool> non_atomic, args.option_boolean("non_atomic"));
  TRY(WriteOptions options, write_options(env, args));
  const bool deterministic = args.is_deterministic(1);
  if (!deterministic && !non_atomic.value_or(false)) {
    return fail_logic(
        "Could not prove argument deterministic.  Maybe you want to use the "
        "non_atomic flag?");
  }
  TRY(const Function function, change_function(env, args));
  options.looks_at_row = update || !is_constant(function);
  TRY(const Val target, args.val(0));
  const Change change = [&](const Value& before) -> Result<Value> {
    if constexpr (update) return updated(env, function, before);
    return call_datum(env, function, before);
  };
  return change_rows(env, args, target, change, deterministic, options);
}

Result<Val> erase(Env& env, Args& args) {
  TRY(WriteOptions options, write_options(env, args));
  options.looks_at_row = false;
  TRY(const Val target, args.val(0));
  return change_rows(
      env, args, target, [](const Value&) -> Result<Value> { return Value::null(); }, true,
      options);
}

Result<Val> sync(Env& env, Args& args) {
  TRY(const TablePtr table, args.table(0));
  TRY(Host* const host, env.need_host());
  TRY_STATUS(host->sync(*table));
  return Val(Value::object({{"synced", number(1)}}));
}

constexpr std::string_view kForEachError = "FOR_EACH expects one or more basic write queries.";

Result<Val> for_each(Env& env, Args& args) {
  TRY(const StreamPtr stream, args.sequence(0));
  TRY(const Function function, args.function(1, Shortcut::constant));
  Value total = Value::object({});
  std::vector<std::string> warnings;
  TRY_STATUS(for_each_row(env, *stream, [&](const Value& row) -> Result<bool> {
    TRY(const Val written, call(env, function, std::span<const Value>(&row, 1)));
    const bool datum_like = written.is_datum() || written.kind() == Kind::single_selection;
    if (!datum_like) return args.at(1, fail_logic(std::string(kForEachError)));
    TRY(const Value result, to_datum(env, written));
    if (result.is_object()) {
      TRY(total, merge_results(env, total, result, warnings));
      return true;
    }
    Result<Value> merged = total;
    Status is_array = check_array(result);
    for (std::size_t i = 0; is_array && merged && i < result.as_array().size(); ++i) {
      merged = merge_results(env, *merged, result.as_array()[i], warnings);
    }
    if (!is_array || !merged) {
      const Error& error = is_array ? merged.error() : is_array.error();
      return args.at(1, fail(error.code, fmt::format("{}  {}", kForEachError, error.what)));
    }
    total = *std::move(merged);
    return true;
  }));
  return Val(with_warnings(total, warnings));
}

// Cheap where they are about single rows: what reads a sequence is refused by the host, and run
// again on a worker.
constexpr std::uint16_t kWriteFlags = kWrites | kStreamFunctions | kCheap;

constexpr Term kTerms[] = {
    {56,
     "insert",
     2,
     2,
     {"conflict", "durability", "return_changes", "return_vals", "ignore_write_hook"},
     kWriteFlags,
     insert,
     needs::kWrite},
    {53,
     "update",
     2,
     2,
     {"non_atomic", "durability", "return_changes", "return_vals", "ignore_write_hook"},
     kWriteFlags | kLiteralOk,
     replace<true>,
     needs::kWrite},
    {55,
     "replace",
     2,
     2,
     {"non_atomic", "durability", "return_changes", "return_vals", "ignore_write_hook"},
     kWriteFlags,
     replace<false>,
     needs::kWrite},
    {54,
     "delete",
     1,
     1,
     {"non_atomic", "durability", "return_changes", "return_vals", "ignore_write_hook"},
     kWriteFlags,
     erase,
     needs::kWrite},
    {138, "sync", 1, 1, {}, kWrites, sync, needs::kWrite},
    {68, "for_each", 2, 2, {}, kScalar, for_each},
};

}  // namespace

std::span<const Term> write_terms() { return kTerms; }

}  // namespace octavo::reql
