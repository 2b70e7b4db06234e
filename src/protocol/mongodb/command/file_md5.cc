#include "protocol/mongodb/command/file_md5.h"

#include <string>
#include <vector>

#include "base/running_hash.h"
#include "base/text.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/field.h"
#include "protocol/mongodb/command/find_plan.h"
#include "protocol/mongodb/command/rights.h"

namespace octavo::mongodb {
namespace {

using value::Value;

// Chunks have 255 KiB as clients make them.
constexpr std::size_t kChunksAtOnce = 16;

std::string chunks_of(const CommandCall& call) {
  const std::string_view root = call.text("root");
  return std::string(root.empty() ? "fs" : root) + ".chunks";
}

class File {
 public:
  Status add(const Value& chunk) {
    constexpr std::uint32_t kOutOfOrder = 10040;
    constexpr std::uint32_t kNoBinary = 50847;
    const Value* const number = chunk.find("n");
    if (number == nullptr || !number->is_number() || to_integer(*number) != count_) {
      return error(kOutOfOrder, "chunks out of order");
    }
    const Value* const data = chunk.find("data");
    if (data == nullptr || field_type(*data) != field::kBinary) {
      return error(kNoBinary,
                   "The element that calls binDataClean() must be type of BinData, but type of {} "
                   "found.",
                   data == nullptr ? "missing" : type_alias(*data));
    }
    hash_.add(data->as_bytes());
    ++count_;
    return {};
  }

  Reply reply() {
    Reply reply;
    reply.add("numChunks", int32(count_)).add("md5", text(format_hex(hash_.finish())));
    return reply;
  }

 private:
  RunningHash hash_{HashKind::md5};
  std::int64_t count_ = 0;
};

}  // namespace

Status may_hash_file(CommandCall& call) {
  return require_on(call, catalog::Permission::read, call.database(), chunks_of(call));
}

Result<Reply> run_file_md5(CommandCall& call) {
  if (call.flag("partialOk")) {
    return error(ErrorCode::command_not_supported, "filemd5 in parts is not supported");
  }
  call.turn_to(call.database(), chunks_of(call));
  const Value filter = document({{"files_id", document({{"$eq", call.target()}})}});
  const Value sort = document({{"files_id", int32(1)}, {"n", int32(1)}});
  call.context().one_version = true;
  TRY(const RequestScope scope, RequestScope::make(call, nullptr));
  EngineCollections collections(call, call.context());
  TRY(const auto plan,
      plan_documents(call, collections, scope, {.filter = &filter, .sort = &sort}));
  if (collections.source() && !collections.chosen()) {
    return error(ErrorCode::no_query_execution_plans,
                 "error processing query: filemd5 needs an index over {{files_id: 1, n: 1}}");
  }
  TRY(const auto query, call.engine().query(plan, call.context()));
  File file;
  for (std::vector<Value> rows;;) {
    rows.clear();
    TRY_STATUS(query->next(kChunksAtOnce, rows));
    if (rows.empty()) return file.reply();
    for (const Value& row : rows) TRY_STATUS(file.add(row));
  }
}

}  // namespace octavo::mongodb
