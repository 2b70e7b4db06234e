#include "protocol/mongodb/command/cursor.h"

#include <algorithm>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/bson_form.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/client_sessions.h"
#include "protocol/mongodb/command/cursors.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::size_t kRowsAtATime = 256;
// What has to be left of a query's memory before more rows are read into a batch that has some: at
// least so much, and twice what those took that were read last.
constexpr std::size_t kLeastRoom = kMiB;
// A document of 16 MiB, and what a reply may have beyond that.
constexpr std::size_t kMostRowBytes = 16 * kMiB + 16 * kKiB;
// What an element takes beside its document: its type, and its number as a name.
constexpr std::size_t kElementBytes = 10;

class ListCursor final : public Cursor {
 public:
  ListCursor(CommandCall& call, std::string ns, std::vector<Value> rows)
      : Cursor(call, std::move(ns)), rows_(std::move(rows)) {}

  Result<bool> next(std::size_t most, std::vector<Value>& out) override {
    const std::size_t count = std::min(most, rows_.size() - next_);
    const auto from = rows_.begin() + static_cast<std::ptrdiff_t>(next_);
    std::move(from, from + static_cast<std::ptrdiff_t>(count), std::back_inserter(out));
    next_ += count;
    return next_ < rows_.size();
  }

 private:
  std::vector<Value> rows_;
  std::size_t next_ = 0;
};

Value cursor_document(std::string_view batch_name, std::vector<Value> rows, std::int64_t id,
                      const std::string& ns, Cursor* cursor) {
  std::vector<value::Field> fields;
  fields.push_back({std::string(batch_name), Value::array(std::move(rows))});
  if (cursor != nullptr) cursor->describe_batch(fields);
  fields.push_back({"id", Value::int64(id)});
  fields.push_back({"ns", Value::string(ns)});
  return Value::object(std::move(fields));
}

}  // namespace

Cursor::Cursor(CommandCall& call, std::string ns, CursorTraits traits)
    : original(call.body()),
      ns_(std::move(ns)),
      traits_(traits),
      account_(protocol::query_account(call.engine())),
      context_(call.user()) {
  context_.lent = call.context().lent;
  context_.evaluation.now_ns = call.context().evaluation.now_ns;
  context_.evaluation.account = &account_;
  follow(call.context());
}

void Cursor::follow(const exec::QueryContext& statement) {
  context_.transaction = statement.transaction;
  context_.may_wait = statement.may_wait;
  context_.lock_wait = statement.lock_wait;
  context_.evaluation.cancel = statement.evaluation.cancel;
  context_.evaluation.clock = statement.evaluation.clock;
  context_.evaluation.deadline_ns = statement.evaluation.deadline_ns;
  context_.evaluation.pacer = statement.evaluation.pacer;
}

std::size_t Cursor::idle_bytes(std::size_t beside) const {
  // Beside what is charged where it is made: this object, its query and their context.
  constexpr std::size_t kOwnBytes = 4 * kKiB;
  const std::size_t used = account_.used();
  return kOwnBytes + used - std::min(used, beside) + bson_size(original);
}

Status check_source(const catalog::CatalogState& state, const CursorSource& source) {
  const auto* const table = state.find_table(source.table);
  const auto* const database = table == nullptr ? nullptr : state.find_database(table->database);
  if (database == nullptr) {
    return error(ErrorCode::query_plan_killed, "collection dropped. UUID {}", source.uuid);
  }
  const std::string now = fmt::format("{}.{}", database->name, table->name);
  if (now == source.ns) return {};
  return error(ErrorCode::query_plan_killed, "collection renamed from '{}' to '{}'. UUID {}",
               source.ns, now, source.uuid);
}

void Cursor::rest() {
  context_.may_wait = true;
  context_.evaluation.cancel = CancelToken();
  context_.evaluation.deadline_ns = 0;
  context_.evaluation.pacer = nullptr;
  account_.settle();
}

Result<bool> read_batch(Cursor& cursor, const BatchLimits& limits, std::vector<Value>& rows) {
  const value::Account::Use use(&cursor.account_);
  std::size_t& bytes = cursor.last_batch_bytes_;
  bytes = 0;
  std::vector<Value> fresh;
  std::size_t room = kLeastRoom;
  while (rows.size() < limits.rows) {
    if (cursor.kept_.empty()) {
      if (cursor.ended_) return false;
      TRY_STATUS(cursor.context_.check());
      // What a row takes here may be many times its BSON: a batch is what there is memory for.
      if (!rows.empty() && !cursor.account_.require(room)) return true;
      const std::size_t before = cursor.account_.used();
      fresh.clear();
      const std::size_t most = std::min(limits.rows - rows.size(), kRowsAtATime);
      TRY(const bool more, cursor.next(most, fresh));
      cursor.ended_ = !more && !cursor.traits_.tailable;
      std::ranges::move(fresh, std::back_inserter(cursor.kept_));
      const std::size_t now = cursor.account_.used();
      room = std::max(room, 2 * (now - std::min(now, before)));
      if (!more && cursor.kept_.empty()) return cursor.traits_.tailable && !cursor.is_dead();
      continue;
    }
    const std::size_t size = bson_size(cursor.kept_.front()) + kElementBytes;
    if (!rows.empty() && bytes + size > limits.bytes) return true;
    if (size > kMostRowBytes) {
      return error(ErrorCode::bson_object_too_large,
                   "BSONObj size: {} is invalid. Size must be between 0 and {}", size,
                   kMostRowBytes);
    }
    bytes += size;
    rows.push_back(std::move(cursor.kept_.front()));
    cursor.kept_.pop_front();
    if (++cursor.given_ == cursor.traits_.limit) return false;
  }
  return !cursor.kept_.empty() || !cursor.ended_;
}

std::unique_ptr<Cursor> make_list_cursor(CommandCall& call, std::string ns,
                                         std::vector<Value> rows) {
  return std::make_unique<ListCursor>(call, std::move(ns), std::move(rows));
}

Result<BatchLimits> list_limits(const CommandCall& call) {
  static constexpr FieldRow kFields[] = {{"batchSize", field::kNumber}};
  BatchLimits limits;
  limits.rows = std::numeric_limits<std::size_t>::max();
  const Value cursor = call.document("cursor");
  TRY_STATUS(check_fields(fmt::format("{}.cursor", call.name()), cursor.as_object(), kFields));
  const Value* const size = cursor.find("batchSize");
  if (size == nullptr || !size->is_number()) return limits;
  const std::int64_t rows = to_integer(*size);
  if (rows < 0) {
    return error(51024, "BSON field 'batchSize' value must be >= 0, actual value '{}'", rows);
  }
  limits.rows = static_cast<std::size_t>(rows);
  return limits;
}

Result<Reply> open_cursor(CommandCall& call, std::unique_ptr<Cursor> cursor,
                          const BatchLimits& limits, bool single_batch) {
  std::vector<Value> rows;
  TRY(const bool more, read_batch(*cursor, limits, rows));
  Reply reply;
  const std::string ns = cursor->ns();
  if (!more || single_batch) {
    reply.add("cursor", cursor_document("firstBatch", std::move(rows), 0, ns, cursor.get()));
    return reply;
  }
  // What it has open may not wait either, ever: another one is made where that is allowed.
  if (!call.context().may_wait) {
    return fail(Code::would_block, "A cursor that is kept is opened on a worker.");
  }
  Value with_batch = cursor_document("firstBatch", std::move(rows), 0, ns, cursor.get());
  cursor->rest();
  TRY(const std::int64_t id, call.shared().cursors.add(std::move(cursor), call.cursor_owner()));
  value::ObjectBuilder document(with_batch);
  document.set("id", Value::int64(id));
  reply.add("cursor", std::move(document).build());
  return reply;
}

Reply empty_cursor(std::string ns) {
  Reply reply;
  reply.add("cursor", cursor_document("firstBatch", {}, 0, ns, nullptr));
  return reply;
}

}  // namespace octavo::mongodb
