#include <memory>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/pipeline/pipeline.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/change_stream.h"
#include "protocol/mongodb/command/command.h"
#include "protocol/mongodb/command/explain.h"
#include "protocol/mongodb/command/field.h"
#include "protocol/mongodb/command/find_plan.h"
#include "protocol/mongodb/command/hint.h"
#include "protocol/mongodb/command/pipeline_output.h"
#include "protocol/mongodb/command/query_cursor.h"
#include "protocol/mongodb/command/read_access.h"
#include "protocol/mongodb/command/request_scope.h"
#include "protocol/mongodb/command/rights.h"

namespace octavo::mongodb {
namespace {

using enum FieldRule;
using value::Value;

constexpr FieldRow kFields[] = {
    {"pipeline", field::kArray, required},
    {"cursor", field::kObject},
    {"explain", field::kFlag, unstable},
    {"allowDiskUse", field::kFlag, ignored},
    {"bypassDocumentValidation", field::kFlag},
    {"collation", field::kObject},
    {"hint", field::kAny},
    {"let", field::kObject},
    {"isMapReduceCommand", field::kFlag, ignored},
    {"collectionUUID", field::kBinary},
    {"fromMongos", field::kFlag, ignored},
    {"needsMerge", field::kFlag, ignored},
};

constexpr FieldRow kCursorFields[] = {{"batchSize", field::kNumber}};

Result<BatchLimits> limits_of(CommandCall& call) {
  BatchLimits limits;
  const Value* const cursor = call.find("cursor");
  if (cursor == nullptr) {
    return error(ErrorCode::failed_to_parse,
                 "The 'cursor' option is required, except for aggregate with the explain argument");
  }
  TRY_STATUS(check_fields("aggregate.cursor", cursor->as_object(), kCursorFields));
  const Value* const size = cursor->find("batchSize");
  if (size == nullptr || !size->is_number()) return limits;
  const std::int64_t rows = to_integer(*size);
  if (rows < 0) {
    return error(51024, "BSON field 'batchSize' value must be >= 0, actual value '{}'", rows);
  }
  limits.rows = static_cast<std::size_t>(rows);
  return limits;
}

// "db.$cmd.aggregate" where it is about the database.
std::string cursor_ns(CommandCall& call) {
  return call.collection().empty() ? call.database() + ".$cmd.aggregate" : call.ns();
}

bool writes(const PipelineOutput& output) {
  return !std::holds_alternative<std::monostate>(output);
}

Result<Reply> run_aggregate(CommandCall& call) {
  for (const Value& stage : call.elements("pipeline")) {
    if (!stage.is_object()) {
      return error(ErrorCode::type_mismatch,
                   "Each element of the 'pipeline' array must be an object");
    }
  }
  if (call.flag("explain")) {
    if (call.find("writeConcern") != nullptr) {
      return error(ErrorCode::failed_to_parse,
                   "Aggregation explain does not support the'writeConcern' option");
    }
    return explain_plan(call);
  }
  TRY(const BatchLimits limits, limits_of(call));
  TRY_STATUS(check_hint(call.find("hint")));
  if (is_change_stream(call.elements("pipeline"))) {
    const ReadConcern& read = call.read_concern();
    if (read.level_given && read.level != ReadLevel::majority) {
      return error(ErrorCode::invalid_options,
                   "$changeStream cannot be used with a readConcern level other than 'majority'");
    }
    TRY(auto stream, open_change_stream(call, call.elements("pipeline")));
    return open_cursor(call, std::move(stream), limits);
  }
  TRY(RequestScope scope, RequestScope::make(call));
  auto cursor = std::make_unique<QueryCursor>(call, cursor_ns(call));
  cursor->context().one_version = true;
  EngineCollections collections(call, cursor->context());
  if (const Value* const hint = call.find("hint")) collections.set_hint(*hint);
  collections.look_for_filter(call.elements("pipeline"), collation_of(scope.variables()));
  const PipelineContext context{.collections = collections,
                                .variables = scope.variables(),
                                .in_transaction = call.in_transaction(),
                                .api_strict = call.api().strict};
  const PipelineSource source{.name = {call.database(), call.collection()}};
  TRY(Pipeline planned, plan_pipeline(call.elements("pipeline"), source, context));
  TRY_STATUS(require_output(call, planned.output));
  if (writes(planned.output) && call.read_concern().level == ReadLevel::linearizable) {
    return error(ErrorCode::invalid_options,
                 "$out and $merge cannot be used with a 'linearizable' read concern level");
  }
  cursor->original = call.body();
  cursor->source = collections.source();
  TRY_STATUS(cursor->start(call.engine(), planned.plan));
  if (writes(planned.output)) {
    std::vector<value::Field> info;
    Status written = write_output(call, *cursor, planned.output, scope, info);
    if (!written) return Reply::failure(std::move(written).error(), std::move(info));
    return empty_cursor(cursor_ns(call));
  }
  return open_cursor(call, std::move(cursor), limits);
}

constexpr CommandRow kRows[] = {
    {.name = "aggregate",
     .target = Target::collection_or_one,
     .flags = kReadConcern | kWriteConcern | kInTransaction | kStableApi,
     .needs = catalog::Permission::read,
     .fields = kFields,
     .run = run_aggregate,
     .help = "runs a pipeline of stages"},
};

}  // namespace

std::span<const CommandRow> aggregate_commands() { return kRows; }

}  // namespace octavo::mongodb
