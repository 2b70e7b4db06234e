#include "protocol/mongodb/transfer/commands.h"

#include <algorithm>
#include <utility>

#include "protocol/mongodb/bson/bson.h"

namespace octavo::mongodb::transfer {
namespace {

using value::Field;
using value::Value;

// Of "specifications: retryable reads and writes", and those of cursors that have to be opened
// again.
constexpr std::uint32_t kPassing[] = {6,   7,   43,  63,  89,   91,    133,   134,   150,   175,
                                      189, 234, 237, 262, 9001, 10107, 11600, 11602, 13435, 13436};

// The part of a namespace behind the database.
std::string_view collection_of(std::string_view ns) { return ns.substr(ns.find('.') + 1); }

void append(std::vector<Value>& rows, const Value* batch) {
  if (batch == nullptr || !batch->is_array()) return;
  const value::ArrayView more = batch->as_array();
  rows.insert(rows.end(), more.begin(), more.end());
}

Value get_more(std::int64_t id, std::string_view ns) {
  return Value::object(
      {{"getMore", Value::int64(id)}, {"collection", Value::string(collection_of(ns))}});
}

}  // namespace

Result<Value> Commands::run(std::string_view database, const Value& command) {
  Bytes bytes;
  write_bson(command, bytes);
  return run(database, BytesView(bytes));
}

Result<std::vector<Value>> rows_of(Commands& server, std::string_view database,
                                   const Value& command) {
  std::vector<Value> rows;
  TRY(Value reply, server.run(database, command));
  for (std::string_view batch = "firstBatch";; batch = "nextBatch") {
    const Value* const cursor = reply.find("cursor");
    const Value* const id = cursor == nullptr ? nullptr : cursor->find("id");
    const Value* const ns = cursor == nullptr ? nullptr : cursor->find("ns");
    if (id == nullptr || !id->is_number() || ns == nullptr || !ns->is_string()) {
      return fail(Code::corrupt, server.name() + " answers without a cursor");
    }
    append(rows, cursor->find(batch));
    const std::int64_t number = id->to_int64().value_or(0);
    if (number == 0) return rows;
    TRY(reply, server.run(database, get_more(number, ns->as_string())));
  }
}

Result<Value> checked_reply(Value reply) {
  const Value* const ok = reply.find("ok");
  if (ok != nullptr && ok->is_number() && ok->to_double() == 1) return reply;
  const Value* const text = reply.find("errmsg");
  const Value* const code = reply.find("code");
  Error error{.code = Code::user_error,
              .what = text != nullptr && text->is_string() ? std::string(text->as_string())
                                                           : "the server gives no reason"};
  if (code != nullptr && code->is_number()) {
    error.number = static_cast<std::uint32_t>(code->to_int64().value_or(0));
  }
  return fail(std::move(error));
}

bool is_passing(const Error& error) {
  if (error.number == 0) return error.code == Code::unavailable;
  return std::ranges::find(kPassing, error.number) != std::end(kPassing);
}

}  // namespace octavo::mongodb::transfer
