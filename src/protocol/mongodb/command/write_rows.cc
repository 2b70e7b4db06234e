#include "protocol/mongodb/command/write_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/text.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/index/entries.h"
#include "dialect/mongodb/match/values_at.h"
#include "dialect/mongodb/type/bson_form.h"
#include "dialect/mongodb/type/print.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/capped.h"
#include "protocol/mongodb/command/capped_write.h"
#include "protocol/mongodb/command/index_checks.h"
#include "protocol/mongodb/command/index_definition.h"
#include "protocol/mongodb/command/shared.h"
#include "protocol/mongodb/command/validator.h"

namespace octavo::mongodb {
namespace {

using catalog::Violation;
using value::Field;
using value::Value;

// A pipeline may write to another one than the command names.
std::string ns_of(CommandCall& call, const Collection& collection) {
  const auto state = call.engine().catalog();
  const auto* const database = state->find_database(collection.table->database);
  const std::string_view name = database == nullptr ? call.database() : database->name;
  return fmt::format("{}.{}", name, collection.table->name);
}

WriteError duplicate_in(CommandCall& call, const Collection& collection, const Violation& violation,
                        const Value* document) {
  if (raw(violation.index) == 0) return duplicate_id(call, collection, violation.value);
  const auto* const index = collection.table->find_index(violation.index);
  if (index == nullptr) return {with_number({Code::already_exists, "duplicate key"}), {}};
  return duplicate_entry(ns_of(call, collection), *collection.table, *index, violation.value,
                         document);
}

// A validator, or a rule that SQL declared, which is told in the words of the engine.
WriteError refused(const Collection& collection, Error failed, const Violation& violation,
                   const Value& key) {
  failed.number = static_cast<std::uint32_t>(ErrorCode::document_validation_failure);
  const Value& options = options_of(*collection.table);
  if (violation.kind != Violation::Kind::check || options.find("validator") == nullptr) {
    return {std::move(failed), {}};
  }
  failed.what = "Document failed validation";
  return {std::move(failed), {{"errInfo", validation_details(key, options)}}};
}

WriteError failure_of(CommandCall& call, const Collection& collection, Error failed,
                      const Violation* violation, const Value& key, const Value* document) {
  if (violation != nullptr && violation->kind == Violation::Kind::duplicate) {
    return duplicate_in(call, collection, *violation, document);
  }
  if (violation != nullptr) {
    return refused(collection, std::move(failed), *violation, key);
  }
  return {with_number(std::move(failed)), {}};
}

// In a transaction, of a row that another one has written.
std::unexpected<Error> write_conflict() {
  return error(ErrorCode::write_conflict,
               "Caused by :: Write conflict during plan execution and yielding is disabled. :: "
               "Please retry your operation or multi-document transaction.");
}

// Whether row i is still what the transaction sees of it, or what was decided for its key before.
Status check_unchanged(CommandCall& call, const Collection& collection, std::span<const Value> keys,
                       std::size_t i, const Value* current) {
  TRY(const auto seen, call.engine().get(collection.id(), keys[i], call.context()));
  const bool same = seen.has_value() == (current != nullptr) &&
                    (current == nullptr || compare(*seen, *current, value::Order::bson) == 0);
  const auto is_same_key = [&](const Value& key) { return compare(key, keys[i]) == 0; };
  if (same || std::ranges::any_of(keys.first(i), is_same_key)) return {};
  return write_conflict();
}

// Documents of a retryable write on their way through the fail point, each once, however often it
// is decided.
class RetryableWritePoint {
 public:
  RetryableWritePoint(CommandCall& call, std::size_t documents) : call_(call) {
    const bool armed = call.shared().fail_points.retryable_write.is_armed();
    if (armed && call.is_retryable_write()) seen_.resize(documents);
  }
  // Nothing is counted on the connection's thread, where a command may be begun twice.
  Status begin() const {
    if (seen_.empty() || call_.context().may_wait) return {};
    return fail(Code::would_block, "Fail points are met on worker threads.");
  }
  Status meet(std::size_t document) {
    if (seen_.empty() || seen_[document]) return {};
    seen_[document] = true;
    const auto failure = call_.shared().fail_points.retryable_write.meet();
    if (!failure) return {};
    closes_ |= failure->close_connection;
    if (!failure->error) return {};
    end();
    return std::unexpected(*failure->error);
  }
  // They are written, or not to be.
  void end() {
    if (closes_) call_.lose_reply();
  }

 private:
  CommandCall& call_;
  std::vector<bool> seen_;  // empty: it is not armed, or it is no such write
  bool closes_ = false;
};

// The part of an entry for a field of the pattern.
const Value& part_of(const Value& pattern, const Value& entry, std::size_t field) {
  const bool compound =
      pattern.as_object().size() > 1 && entry.is_array() && field < entry.as_array().size();
  return compound ? entry.as_array()[field] : entry;
}

// An entry under the names of its fields; as the document has it, if it is at hand: keys do not
// tell types of numbers apart.
Value key_as_shown(const Value& pattern, const Value& entry, const Value* document) {
  const auto fields = pattern.as_object();
  std::vector<Field> key;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Value& wanted = part_of(pattern, entry, i);
    Value shown = entry_as_shown(wanted);
    if (document != nullptr) {
      each_value_at(*document, fields[i].name, [&](const Value& found) {
        if (compare(index_form(found), wanted) == 0) shown = found;
      });
    }
    key.push_back({fields[i].name, std::move(shown)});
  }
  return Value::object(std::move(key));
}

// Sort keys are no text: they are shown in digits.
Value collation_key_as_shown(const Value& pattern, const Value& entry) {
  const auto fields = pattern.as_object();
  std::vector<Field> key;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    Value shown = entry_as_shown(part_of(pattern, entry, i));
    if (shown.is_string()) {
      shown = Value::string(fmt::format("CollationKey(0x{})", format_hex(shown.as_string())));
    }
    key.push_back({fields[i].name, std::move(shown)});
  }
  return Value::object(std::move(key));
}

Result<DocumentsWritten> write_to_table(CommandCall& call, const Collection& collection,
                                        std::vector<Value> keys, const DecideDocument& decide,
                                        bool whole, const CompleteRow& complete,
                                        const TokenOfWrite& token) {
  exec::RowWrites writes;
  writes.table = collection.id();
  writes.keys = std::move(keys);
  writes.whole = whole;
  if (call.is_retryable_write()) writes.done_before = token;
  TRY(const bool unchecked, bypasses_validator(call, collection));
  if (unchecked) writes.waived_condition = kValidatorCondition;
  const bool in_transaction = call.context().transaction != nullptr;
  // The documents that were to be, for messages about unique indexes.
  const bool has_unique =
      std::ranges::any_of(collection.table->indexes, &catalog::IndexDefinition::unique);
  std::vector<Value> given(has_unique ? writes.keys.size() : 0);
  IndexChecks checks = IndexChecks::of_table(call.engine(), *collection.table);
  RetryableWritePoint point(call, writes.keys.size());
  TRY_STATUS(point.begin());
  const auto decide_row = [&](std::size_t i, const Value* current) -> Result<exec::RowEdit> {
    TRY(exec::RowEdit edit, decide(i, current));
    if (edit.action != exec::RowEdit::Action::keep) TRY_STATUS(point.meet(i));
    if (edit.action != exec::RowEdit::Action::put) return edit;
    TRY_STATUS(checks.check(edit.row));
    if (has_unique) given[i] = edit.row;
    return edit;
  };
  writes.decide = [&](std::size_t i, const Value* current) -> Result<exec::RowEdit> {
    if (in_transaction) {
      TRY_STATUS(check_unchanged(call, collection, writes.keys, i, current));
    }
    const auto shown = current == nullptr || collection.is_plain()
                           ? std::nullopt
                           : std::optional(collection.shown(*current));
    TRY(exec::RowEdit edit, decide_row(i, shown ? &*shown : current));
    if (complete) complete(i, current, edit);
    return edit;
  };
  auto done = call.engine().write(writes, call.context());
  // What another transaction has locked is not waited for.
  const auto refusal = [&](Error why) -> std::unexpected<Error> {
    const bool locked = call.context().lock_refusal != exec::LockRefusal::none;
    if (in_transaction && locked) return write_conflict();
    return std::unexpected(with_number(std::move(why)));
  };
  if (!done) return refusal(std::move(done).error());
  if (done->changed) {
    call.wrote(done->lsn, done->durability);
    point.end();
  }
  DocumentsWritten written;
  for (std::size_t i = 0; i < done->rows.size(); ++i) {
    if (done->rows[i]) continue;
    const auto violation = done->violations.find(i);
    const Violation* const broken =
        violation == done->violations.end() ? nullptr : &violation->second;
    Error failed = with_number(std::move(done->rows[i]).error());
    if (broken == nullptr && ends_command(failed)) return refusal(std::move(failed));
    written.errors.emplace_back(i, failure_of(call, collection, std::move(failed), broken,
                                              writes.keys[i], has_unique ? &given[i] : nullptr));
  }
  return written;
}

}  // namespace

NewDocuments new_one(const Value& document) {
  return {.count = 1, .bytes = static_cast<std::int64_t>(bson_size(document))};
}

WriteError duplicate_key(std::string_view ns, std::string_view index, const Value& pattern,
                         const Value& key) {
  WriteError failed;
  failed.error = error(ErrorCode::duplicate_key,
                       "E11000 duplicate key error collection: {} index: {} dup key: {}", ns, index,
                       print(key))
                     .error();
  failed.info = {{"keyPattern", pattern}, {"keyValue", key}};
  return failed;
}

WriteError duplicate_entry(std::string_view ns, const catalog::TableDefinition& table,
                           const catalog::IndexDefinition& index, const Value& entry,
                           const Value* document) {
  const Value pattern = shown_key_pattern(table, index);
  const auto special = special_index(index);
  if (special && entry.type() == value::Type::uint64) {
    // A cell, in the bits that MongoDB shows.
    const Value cell = Value::int64(static_cast<std::int64_t>(entry.as_uint64()));
    return duplicate_key(ns, index.name, pattern, key_as_shown(pattern, cell, nullptr));
  }
  const Value shown = shown_index(table, index);
  const Value* const collation = shown.find("collation");
  if (collation == nullptr) {
    return duplicate_key(ns, index.name, pattern, key_as_shown(pattern, entry, document));
  }
  const Value key = collation_key_as_shown(pattern, entry);
  WriteError failed;
  failed.error = error(ErrorCode::duplicate_key,
                       "E11000 duplicate key error collection: {} index: {} collation: {} dup key: "
                       "{}",
                       ns, index.name, print(*collation), print(key))
                     .error();
  failed.info = {{"keyPattern", pattern}, {"keyValue", key}, {"collation", *collation}};
  return failed;
}

Value write_error_document(std::size_t index, const WriteError& failed) {
  std::vector<Field> fields = {
      {"index", Value::int32(static_cast<std::int32_t>(index))},
      {"code", Value::int32(static_cast<std::int32_t>(failed.error.number))}};
  for (const Field& field : failed.info) fields.push_back(field);
  fields.push_back({"errmsg", Value::string(failed.error.what)});
  return Value::object(std::move(fields));
}

bool ends_command(const Error& error) {
  switch (error.code) {
    case Code::cancelled:
    case Code::timed_out:
    case Code::would_block:
    case Code::unavailable:
    case Code::indeterminate:
    case Code::permission_denied:
    case Code::resource_exhausted: return true;
    default: return is(error, ErrorCode::write_conflict);
  }
}

Result<DocumentsWritten> write_documents(CommandCall& call, const Collection& collection,
                                         std::vector<Value> keys, const DecideDocument& decide,
                                         bool whole, const NewDocuments& fresh,
                                         const TokenOfWrite& token) {
  if (is_capped(*collection.table)) {
    const auto write = [&](std::vector<Value> all, std::size_t given,
                           const DecideDocument& decide_all, const CompleteRow& complete) {
      // Documents that make room beforehand are no statement of the call.
      return write_to_table(call, collection, std::move(all), decide_all, whole, complete,
                            given > 0 ? token : TokenOfWrite());
    };
    return write_capped(call, collection, std::move(keys), decide, fresh, whole, write);
  }
  return write_to_table(call, collection, std::move(keys), decide, whole, {}, token);
}

WriteError duplicate_id(CommandCall& call, const Collection& collection, const Value& id) {
  const Value pattern = Value::object({{std::string(kIdField), Value::int32(1)}});
  return duplicate_key(ns_of(call, collection), "_id_", pattern,
                       Value::object({{std::string(kIdField), id}}));
}

}  // namespace octavo::mongodb
