// mapReduce: a pipeline of stages that run its functions.

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/javascript/script.h"
#include "dialect/mongodb/pipeline/pipeline.h"
#include "dialect/mongodb/type/bson_form.h"
#include "dialect/mongodb/type/print.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/document_rows.h"
#include "protocol/mongodb/command/find_plan.h"
#include "protocol/mongodb/command/pipeline_output.h"
#include "protocol/mongodb/command/query_cursor.h"
#include "protocol/mongodb/command/read_access.h"
#include "protocol/mongodb/command/request_scope.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Value;

// --- Where the results go ---

enum class OutKind : std::uint8_t { in_reply, replace, merge, reduce };

struct Out {
  OutKind kind = OutKind::in_reply;
  std::string database;
  std::string collection;
  bool names_database = false;
};

struct OutRow {
  std::string_view name;
  OutKind kind;
};
constexpr OutRow kOutRows[] = {
    {"replace", OutKind::replace}, {"merge", OutKind::merge}, {"reduce", OutKind::reduce}};

Status take_target(const OutRow& row, const Value& target, Out& out) {
  if (!target.is_string()) {
    return error(ErrorCode::bad_value, "'{}' of 'out' must be the name of a collection", row.name);
  }
  if (out.kind != OutKind::in_reply) {
    return error(ErrorCode::bad_value, "'out' has more than one of replace, merge and reduce");
  }
  out.kind = row.kind;
  out.collection = std::string(target.as_string());
  return {};
}

Result<Out> read_out_document(const Value& given, const std::string& database) {
  Out out{.database = database};
  bool in_reply = false;
  for (const Field& field : given.as_object()) {
    const auto* const row = std::ranges::find(kOutRows, field.name, &OutRow::name);
    if (row != std::end(kOutRows)) {
      TRY_STATUS(take_target(*row, field.value, out));
    } else if (field.name == "inline") {
      if (!field.value.is_number() || field.value.to_double() != 1) {
        return error(ErrorCode::bad_value, "'inline' takes only numeric '1'");
      }
      in_reply = true;
    } else if (field.name == "db" && field.value.is_string()) {
      out.database = std::string(field.value.as_string());
      out.names_database = true;
    } else if (field.name != "sharded" && field.name != "nonAtomic") {
      return error(ErrorCode::bad_value, "'out' has a field that is not known: {}", field.name);
    }
  }
  if (in_reply != (out.kind == OutKind::in_reply)) {
    return error(ErrorCode::bad_value, "'out' must be one of inline, replace, merge and reduce");
  }
  return out;
}

Result<Out> read_out(const Value& given, const std::string& database) {
  if (given.is_object()) return read_out_document(given, database);
  if (!given.is_string()) {
    return error(ErrorCode::bad_value, "'out' must be either a string or an object");
  }
  return Out{
      .kind = OutKind::replace, .database = database, .collection = std::string(given.as_string())};
}

// --- Stages ---

Value one(std::string_view name, Value content) {
  return Value::object({{std::string(name), std::move(content)}});
}

// A function of the command as code, so that no "$" in it is a path.
Result<Value> code_of_field(const CommandCall& call, std::string_view field) {
  const Value* const code = call.find(field);
  if (code == nullptr || !is_code(*code)) {
    return error(ErrorCode::bad_value, "'{}' must be of string or code type", field);
  }
  return Value::javascript(code_of(*code), std::nullopt);
}

Value call_of(const Value& code, std::vector<Value> arguments, const Value& scope) {
  return one("$function", Value::object({{"body", code},
                                         {"args", Value::array(std::move(arguments))},
                                         {"lang", text("js")},
                                         {"_internalScope", scope}}));
}

Value set_value(Value expression) { return one("$set", one("value", std::move(expression))); }

struct Functions {
  Value map;
  Value reduce;
  std::optional<Value> finalize;
  Value scope;

  Value finalized() const {
    return set_value(call_of(*finalize, {text("$_id"), text("$value")}, scope));
  }
  // What is there and what is new, reduced to one.
  std::vector<Value> together() const {
    std::vector<Value> stages;
    Value both = Value::array({text("$value"), text("$$new.value")});
    stages.push_back(set_value(call_of(reduce, {text("$_id"), std::move(both)}, scope)));
    if (finalize) stages.push_back(finalized());
    return stages;
  }
};

Result<Functions> read_functions(const CommandCall& call) {
  Functions functions;
  TRY(functions.map, code_of_field(call, "map"));
  TRY(functions.reduce, code_of_field(call, "reduce"));
  if (call.find("finalize") != nullptr) {
    TRY(functions.finalize, code_of_field(call, "finalize"));
  }
  functions.scope = call.document("scope");
  return functions;
}

Value output_stage(const Out& out, const Functions& functions) {
  Value target = Value::object({{"db", text(out.database)}, {"coll", text(out.collection)}});
  if (out.kind == OutKind::replace) return one("$out", std::move(target));
  Value matched = out.kind == OutKind::merge ? text("replace") : Value::array(functions.together());
  return one("$merge", Value::object({{"into", std::move(target)},
                                      {"on", text("_id")},
                                      {"whenMatched", std::move(matched)},
                                      {"whenNotMatched", text("insert")}}));
}

std::vector<Value> stages_of(const Functions& functions, const Out& out) {
  Value emits = one("$_internalJsEmit", Value::object({{"this", text("$$ROOT")},
                                                       {"eval", functions.map},
                                                       {"_internalScope", functions.scope}}));
  Value reduced = one("$_internalJsReduce", Value::object({{"data", text("$emits")},
                                                           {"eval", functions.reduce},
                                                           {"_internalScope", functions.scope}}));
  std::vector<Value> stages;
  stages.push_back(
      one("$project", Value::object({{"_id", int32(0)}, {"emits", std::move(emits)}})));
  stages.push_back(one("$unwind", text("$emits")));
  stages.push_back(
      one("$group", Value::object({{"_id", text("$emits.k")}, {"value", std::move(reduced)}})));
  if (functions.finalize) stages.push_back(functions.finalized());
  if (out.kind != OutKind::in_reply) stages.push_back(output_stage(out, functions));
  return stages;
}

// --- The command ---

Result<Reply> reply_with(Cursor& cursor) {
  constexpr std::size_t kRowsAtOnce = 256;
  constexpr std::size_t kMostBytes = 16 * kMiB;
  std::vector<Value> results;
  std::size_t bytes = 0;
  std::size_t seen = 0;
  bool more = true;
  while (more) {
    TRY(more, cursor.next(kRowsAtOnce, results));
    for (; seen < results.size(); ++seen) bytes += bson_size(results[seen]);
    if (bytes > kMostBytes) {
      return error(ErrorCode::bson_object_too_large, "too much data for in memory map/reduce");
    }
  }
  Reply reply;
  reply.add("results", Value::array(std::move(results)));
  return reply;
}

}  // namespace

Result<Reply> run_map_reduce(CommandCall& call) {
  TRY_STATUS(check_scripts_allowed());
  TRY(const Functions functions, read_functions(call));
  TRY(const Out out, read_out(*call.find("out"), call.database()));
  TRY(const auto limit, call.integer_from("limit", 0));
  TRY_STATUS(refuse_view(*call.engine().catalog(), call.database(), call.collection()));
  TRY(RequestScope scope, RequestScope::make(call));
  auto cursor = std::make_unique<QueryCursor>(call, call.ns());
  cursor->context().one_version = true;
  EngineCollections collections(call, cursor->context());
  const Value filter = call.document("query");
  TRY(algebra::PlanPtr documents,
      plan_documents(call, collections, scope,
                     {.filter = &filter, .sort = call.find("sort"), .limit = limit}));
  const PipelineContext context{.collections = collections, .variables = scope.variables()};
  const PipelineSource source{.name = {call.database(), call.collection()},
                              .rows = std::move(documents)};
  TRY(Pipeline planned, plan_pipeline(stages_of(functions, out), source, context));
  cursor->original = call.body();
  TRY_STATUS(cursor->start(call.engine(), planned.plan));
  if (out.kind == OutKind::in_reply) return reply_with(*cursor);
  std::vector<Field> info;
  Status written = write_output(call, *cursor, planned.output, scope, info);
  if (!written) return Reply::failure(std::move(written).error(), std::move(info));
  Reply reply;
  if (out.names_database) {
    reply.add("result",
              Value::object({{"db", text(out.database)}, {"collection", text(out.collection)}}));
  } else {
    reply.add("result", text(out.collection));
  }
  return reply;
}

}  // namespace octavo::mongodb
