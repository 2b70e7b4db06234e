// Rows of the commands about collections and databases.

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/pipeline/search_not_enabled.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/capped_copy.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/collection_rows.h"
#include "protocol/mongodb/command/command.h"
#include "protocol/mongodb/command/rights.h"

namespace octavo::mongodb {
namespace {

using enum FieldRule;

// As a server says it that is not connected to Atlas.
Result<Reply> refuse_search(CommandCall& /*call*/) { return search_not_enabled(); }

// What clients have encrypted is in collections with `encryptedFields`, which cannot be made here.
Result<Reply> refuse_plain_collection(CommandCall& call) {
  constexpr std::uint32_t kNotEncrypted = 6346807;
  const auto state = call.engine().catalog();
  TRY_STATUS(refuse_view(*state, call.database(), call.collection()));
  if (!find_collection(*state, call.database(), call.collection())) {
    return error(ErrorCode::namespace_not_found, "Namespace {} does not exist", call.ns());
  }
  return error(kNotEncrypted, "Target namespace is not an encrypted collection");
}

constexpr FieldRow kCreate[] = {
    {"capped", field::kFlag},
    {"size", field::kNumber},
    {"max", field::kNumber},
    {"timeseries", field::kObject},
    {"expireAfterSeconds", field::kNumber | field::kString},
    {"clusteredIndex", field::kObject | field::kFlag},
    {"changeStreamPreAndPostImages", field::kObject},
    {"validator", field::kObject},
    {"validationLevel", field::kString},
    {"validationAction", field::kString},
    {"viewOn", field::kString},
    {"pipeline", field::kArray},
    {"collation", field::kObject},
    {"idIndex", field::kObject},
    {"indexOptionDefaults", field::kObject, ignored},
    {"storageEngine", field::kObject, ignored},
    {"encryptedFields", field::kObject},
    {"autoIndexId", field::kFlag, ignored},
    {"flags", field::kNumber, ignored},
    {"temp", field::kFlag, ignored},
};

constexpr FieldRow kDrop[] = {
    {"collectionUUID", field::kBinary},
};

constexpr FieldRow kDropDatabase[] = {
    {"dropDatabase", field::kNumber | field::kBool, required},
};

constexpr FieldRow kRename[] = {
    {"renameCollection", field::kString, required},
    {"to", field::kString, required},
    {"dropTarget", field::kFlag | field::kBinary},
    {"stayTemp", field::kFlag, ignored},
    {"collectionUUID", field::kBinary},
};

constexpr FieldRow kModify[] = {
    {"index", field::kObject},
    {"validator", field::kObject},
    {"validationLevel", field::kString},
    {"validationAction", field::kString},
    {"viewOn", field::kString},
    {"pipeline", field::kArray},
    {"cappedSize", field::kNumber},
    {"cappedMax", field::kNumber},
    {"changeStreamPreAndPostImages", field::kObject},
    {"timeseries", field::kObject},
    {"expireAfterSeconds", field::kNumber | field::kString},
    {"dryRun", field::kFlag},
};

constexpr FieldRow kConvert[] = {
    {"size", field::kNumber, required},
    {"collectionUUID", field::kBinary},
};

constexpr FieldRow kClone[] = {
    {"toCollection", field::kString, required},
    {"size", field::kNumber, required},
};

constexpr FieldRow kListCollections[] = {
    {"filter", field::kObject},
    {"nameOnly", field::kBool},
    {"authorizedCollections", field::kBool},
    {"cursor", field::kObject},
    {"includePendingDrops", field::kFlag, ignored},
};

constexpr FieldRow kListDatabases[] = {
    {"filter", field::kObject},
    {"nameOnly", field::kFlag},
    {"authorizedDatabases", field::kFlag},
};

constexpr FieldRow kDatabaseStatistics[] = {
    {"scale", field::kNumber},
    {"freeStorage", field::kNumber, ignored},
};

constexpr FieldRow kCollectionStatistics[] = {
    {"scale", field::kNumber},
};

constexpr FieldRow kValidate[] = {
    {"full", field::kAny},     {"background", field::kAny},
    {"repair", field::kAny},   {"fixMultikey", field::kAny},
    {"metadata", field::kAny}, {"checkBSONConformance", field::kAny},
};

constexpr FieldRow kCompactEncrypted[] = {
    {"compactionTokens", field::kObject, required},
    {"encryptionInformation", field::kObject, ignored},
};
constexpr FieldRow kCleanUpEncrypted[] = {
    {"cleanupTokens", field::kObject, required},
    {"encryptionInformation", field::kObject, ignored},
};

constexpr CommandRow kRows[] = {
    {.name = "create",
     .target = Target::collection,
     .flags = kWriteConcern | kInTransaction | kStableApi | kDefines,
     .may = require_create,
     .fields = kCreate,
     .run = run_create,
     .help = "makes a collection or a view"},
    {.name = "drop",
     .target = Target::collection,
     .flags = kWriteConcern | kStableApi,
     .needs = catalog::Permission::config,
     .fields = kDrop,
     .run = run_drop,
     .help = "drops a collection or a view"},
    {.name = "dropDatabase",
     .target = Target::field,
     .flags = kWriteConcern | kStableApi,
     .needs = catalog::Permission::config,
     .fields = kDropDatabase,
     .run = run_drop_database,
     .help = "drops a database with all of its collections"},
    {.name = "renameCollection",
     .target = Target::field,
     .flags = kAdminOnly | kWriteConcern,
     .may = may_rename_collection,
     .fields = kRename,
     .run = run_rename_collection,
     .help = "gives a collection another name"},
    {.name = "collMod",
     .target = Target::collection,
     .flags = kWriteConcern | kStableApi,
     .needs = catalog::Permission::config,
     .fields = kModify,
     .run = run_collection_modify,
     .help = "changes options of a collection, a view or an index"},
    {.name = "convertToCapped",
     .target = Target::collection,
     .flags = kWriteConcern,
     .needs = catalog::Permission::config,
     .fields = kConvert,
     .run = run_convert_to_capped,
     .help = "makes a collection one of a fixed size"},
    {.name = "cloneCollectionAsCapped",
     .target = Target::collection,
     .flags = kWriteConcern,
     .may = may_clone_as_capped,
     .fields = kClone,
     .run = run_clone_as_capped,
     .help = "copies a collection to one of a fixed size"},
    {.name = "compactStructuredEncryptionData",
     .target = Target::collection,
     .flags = kHere,
     .needs = catalog::Permission::config,
     .fields = kCompactEncrypted,
     .run = refuse_plain_collection,
     .help = "of encrypted collections, which are not there"},
    {.name = "cleanupStructuredEncryptionData",
     .target = Target::collection,
     .flags = kHere,
     .needs = catalog::Permission::config,
     .fields = kCleanUpEncrypted,
     .run = refuse_plain_collection,
     .help = "of encrypted collections, which are not there"},
    {.name = "createSearchIndexes",
     .target = Target::collection,
     .flags = kHere | kAnyFields,
     .needs = catalog::Permission::config,
     .run = refuse_search,
     .help = "Atlas Search, which is not there"},
    {.name = "updateSearchIndex",
     .target = Target::collection,
     .flags = kHere | kAnyFields,
     .needs = catalog::Permission::config,
     .run = refuse_search,
     .help = "Atlas Search, which is not there"},
    {.name = "dropSearchIndex",
     .target = Target::collection,
     .flags = kHere | kAnyFields,
     .needs = catalog::Permission::config,
     .run = refuse_search,
     .help = "Atlas Search, which is not there"},
    {.name = "listCollections",
     .flags = kStableApi,
     .fields = kListCollections,
     .run = run_list_collections,
     .help = "the collections and views of a database"},
    {.name = "listDatabases",
     .flags = kAdminOnly | kStableApi,
     .fields = kListDatabases,
     .run = run_list_databases,
     .help = "the databases"},
    {.name = "dbStats",
     .aliases = {"dbstats"},
     .needs = catalog::Permission::read,
     .fields = kDatabaseStatistics,
     .run = run_database_statistics,
     .help = "sizes of a database"},
    {.name = "collStats",
     .aliases = {"collstats"},
     .target = Target::collection,
     .needs = catalog::Permission::read,
     .fields = kCollectionStatistics,
     .run = run_collection_statistics,
     .help = "sizes of a collection"},
    {.name = "validate",
     .target = Target::collection,
     .flags = kAnyFields,
     .needs = catalog::Permission::read,
     .fields = kValidate,
     .run = run_validate,
     .help = "reads all documents of a collection"},
};

}  // namespace

std::span<const CommandRow> collection_commands() { return kRows; }

}  // namespace octavo::mongodb
