#include "protocol/mongodb/command/call.h"

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/client_sessions.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {

using value::Type;
using value::Value;

const Value* CommandCall::find(std::string_view field) const {
  const Value* const found = body_.find(field);
  if (found == nullptr) return nullptr;
  const bool nothing = found->is_null() || found->type() == Type::undefined;
  if (!nothing) return found;
  const auto row = std::ranges::find(row_.fields, field, &FieldRow::name);
  const bool counts = row != row_.fields.end() && row->rule == FieldRule::null_is_a_value;
  return counts ? found : nullptr;
}

std::string_view CommandCall::text(std::string_view field, std::string_view otherwise) const {
  const Value* const found = find(field);
  return found == nullptr || !found->is_string() ? otherwise : found->as_string();
}

bool CommandCall::flag(std::string_view field, bool otherwise) const {
  const Value* const found = find(field);
  return found == nullptr ? otherwise : to_flag(*found);
}

std::optional<std::int64_t> CommandCall::integer(std::string_view field) const {
  const Value* const found = find(field);
  if (found == nullptr || !found->is_number()) return std::nullopt;
  return to_integer(*found);
}

Result<std::optional<std::int64_t>> CommandCall::integer_from(std::string_view field,
                                                              std::int64_t least) const {
  const std::optional<std::int64_t> number = integer(field);
  if (number && *number < least) {
    return error(51024, "BSON field '{}' value must be >= {}, actual value '{}'", field, least,
                 *number);
  }
  return number;
}

Value CommandCall::document(std::string_view field) const {
  const Value* const found = find(field);
  return found == nullptr || !found->is_object() ? Value::object({}) : *found;
}

value::ArrayView CommandCall::elements(std::string_view field) const {
  const Value* const found = find(field);
  return found == nullptr || !found->is_array() ? value::ArrayView() : found->as_array();
}

engine::Engine& CommandCall::engine() { return shared_.service.engine; }

std::int64_t CommandCall::monotonic_ns() const { return shared_.service.clock.monotonic_ns(); }

bool CommandCall::waits_are_over() const {
  return waits_are_over_ || statement_.waits_are_over() ||
         (wait_until_ns_ != 0 && monotonic_ns() >= wait_until_ns_);
}

CursorOwner CommandCall::cursor_owner() const {
  CursorOwner owner{.user = statement_.context().user, .session = session_key_, .transaction = {}};
  if (in_transaction_) owner.transaction = txn_number_;
  return owner;
}

std::function<void()> CommandCall::stopper() const {
  return [handle = reachable_.value().handle()] {
    handle.post([](protocol::Statement& one) { one.stop(protocol::End::killed); });
  };
}

void CommandCall::renew_view() {
  if (!in_transaction_ || session_ == nullptr || !session_->is_untouched()) return;
  context().leave_version();
  context().transaction = nullptr;
  session_->begin_transaction(*txn_number_, begin_in_view_of_now(engine()), monotonic_ns());
  context().transaction = session_->transaction();
}

void CommandCall::wrote(const Lsn& lsn, Durability of_table) {
  if (in_transaction_) return;  // its commit promises
  if (session_ != nullptr) session_->wrote(lsn, of_table);
  statement_.promise.add(lsn, write_concern_.promised(of_table));
}

}  // namespace octavo::mongodb
