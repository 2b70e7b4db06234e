// Rows of the commands about documents.

#include "protocol/mongodb/command/command.h"
#include "protocol/mongodb/command/document_rows.h"
#include "protocol/mongodb/command/rights.h"

namespace octavo::mongodb {
namespace {

using enum FieldRule;

constexpr FieldRow kFind[] = {
    {"filter", field::kObject, null_is_a_value},
    {"projection", field::kObject},
    {"sort", field::kObject},
    {"hint", field::kAny},
    {"skip", field::kNumber},
    {"limit", field::kNumber},
    {"batchSize", field::kNumber},
    {"singleBatch", field::kFlag},
    {"max", field::kObject},
    {"min", field::kObject},
    {"returnKey", field::kFlag},
    {"showRecordId", field::kFlag},
    {"tailable", field::kFlag},
    {"awaitData", field::kFlag},
    {"oplogReplay", field::kFlag, ignored},
    {"noCursorTimeout", field::kFlag},
    {"allowPartialResults", field::kFlag, ignored},
    {"collation", field::kObject},
    {"allowDiskUse", field::kFlag, ignored},
    {"let", field::kObject},
    {"collectionUUID", field::kBinary},
};

constexpr FieldRow kCount[] = {
    {"query", field::kObject},          {"limit", field::kAny, null_is_a_value},
    {"skip", field::kNumber},           {"hint", field::kAny},
    {"collation", field::kObject},      {"fields", field::kAny, ignored},
    {"collectionUUID", field::kBinary},
};

constexpr FieldRow kDistinct[] = {
    {"key", field::kString, required},  {"query", field::kObject},
    {"collation", field::kObject},      {"hint", field::kAny},
    {"collectionUUID", field::kBinary},
};

constexpr FieldRow kInsert[] = {
    {"documents", field::kArray, required},
    {"ordered", field::kBool},
    {"bypassDocumentValidation", field::kFlag},
    {"collectionUUID", field::kBinary},
};

constexpr FieldRow kUpdate[] = {
    {"updates", field::kArray, required},       {"ordered", field::kFlag},
    {"bypassDocumentValidation", field::kFlag}, {"let", field::kObject},
    {"collectionUUID", field::kBinary},
};

constexpr FieldRow kDelete[] = {
    {"deletes", field::kArray, required},
    {"ordered", field::kFlag},
    {"let", field::kObject},
    {"collectionUUID", field::kBinary},
};

constexpr FieldRow kFindAndModify[] = {
    {"query", field::kObject},       {"sort", field::kObject},
    {"remove", field::kFlag},        {"update", field::kObject | field::kArray},
    {"new", field::kFlag},           {"fields", field::kObject},
    {"upsert", field::kFlag},        {"bypassDocumentValidation", field::kFlag},
    {"arrayFilters", field::kArray}, {"hint", field::kAny},
    {"collation", field::kObject},   {"let", field::kObject},
};

// The namespaces and operations are looked at by bulk_request.cc.
constexpr FieldRow kBulkWrite[] = {
    {"ops", field::kArray, required}, {"nsInfo", field::kArray, required},
    {"ordered", field::kBool},        {"bypassDocumentValidation", field::kFlag},
    {"let", field::kObject},          {"errorsOnly", field::kBool},
    {"cursor", field::kObject},
};

// Each of its operations is looked at by apply_ops.cc.
constexpr FieldRow kApplyOps[] = {
    {"applyOps", field::kArray, required},
    {"allowAtomic", field::kFlag, ignored},
    {"alwaysUpsert", field::kFlag},
    {"preCondition", field::kArray},
    {"prepare", field::kAny, null_is_a_value},
    {"partialTxn", field::kAny, null_is_a_value},
    {"count", field::kNumber, ignored},
};

constexpr FieldRow kMapReduce[] = {
    {"map", field::kAny, required},     {"reduce", field::kAny, required},
    {"finalize", field::kAny},          {"out", field::kAny, required},
    {"query", field::kObject},          {"sort", field::kObject},
    {"limit", field::kNumber},          {"scope", field::kObject},
    {"collation", field::kObject},      {"jsMode", field::kFlag, ignored},
    {"verbose", field::kFlag, ignored}, {"bypassDocumentValidation", field::kFlag},
};

constexpr CommandFlags kReads = kHere | kReadConcern | kInTransaction | kStableApi;
constexpr CommandFlags kWrites =
    kHere | kWriteConcern | kInTransaction | kRetryableWrite | kStableApi;

constexpr CommandRow kRows[] = {
    {.name = "find",
     .target = Target::collection,
     .flags = kReads,
     .needs = catalog::Permission::read,
     .fields = kFind,
     .run = run_find,
     .help = "documents that match a filter",
     .counted = Operation::query},
    {.name = "count",
     .target = Target::collection,
     .flags = kReadConcern | kStableApi,
     .needs = catalog::Permission::read,
     .fields = kCount,
     .run = run_count,
     .help = "how many documents match a query"},
    {.name = "distinct",
     .target = Target::collection,
     .flags = kReadConcern | kInTransaction,
     .needs = catalog::Permission::read,
     .fields = kDistinct,
     .run = run_distinct,
     .help = "the values that a field has"},
    {.name = "insert",
     .target = Target::collection,
     .flags = kWrites,
     .needs = catalog::Permission::insert,
     .fields = kInsert,
     .run = run_insert,
     .help = "adds documents",
     .counted = Operation::insert},
    {.name = "update",
     .target = Target::collection,
     .flags = kWrites,
     .may = require_update,
     .fields = kUpdate,
     .run = run_update,
     .help = "changes documents",
     .counted = Operation::update},
    {.name = "delete",
     .target = Target::collection,
     .flags = kWrites,
     .needs = catalog::Permission::remove,
     .fields = kDelete,
     .run = run_delete,
     .help = "removes documents",
     .counted = Operation::remove},
    {.name = "findAndModify",
     .aliases = {"findandmodify"},
     .target = Target::collection,
     .flags = kWrites,
     .may = require_find_and_modify,
     .fields = kFindAndModify,
     .run = run_find_and_modify,
     .help = "changes or removes a document and gives it back"},
    {.name = "bulkWrite",
     .flags = kAdminOnly | kWriteConcern | kInTransaction | kRetryableWrite | kStableApi,
     .fields = kBulkWrite,
     .run = run_bulk_write,
     .help = "adds, changes and removes documents of several collections"},
    {.name = "applyOps",
     .target = Target::field,
     .flags = kWriteConcern | kAnyFields,
     .fields = kApplyOps,
     .run = run_apply_ops,
     .help = "repeats operations of an oplog"},
    {.name = "mapReduce",
     .aliases = {"mapreduce"},
     .target = Target::collection,
     .flags = kReadConcern | kWriteConcern,
     .needs = catalog::Permission::read,
     .fields = kMapReduce,
     .run = run_map_reduce,
     .help = "runs functions in JavaScript over documents"},
};

}  // namespace

std::span<const CommandRow> document_commands() { return kRows; }

}  // namespace octavo::mongodb
