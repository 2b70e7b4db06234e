// Rows of the commands about indexes.

#include "protocol/mongodb/command/collection_rows.h"
#include "protocol/mongodb/command/command.h"

namespace octavo::mongodb {
namespace {

using enum FieldRule;

constexpr FieldRow kCreate[] = {
    {"indexes", field::kArray, required},
    {"commitQuorum", field::kAny, ignored},
    {"ignoreUnknownIndexOptions", field::kFlag},
};
constexpr FieldRow kList[] = {
    {"cursor", field::kObject},
    {"includeBuildUUIDs", field::kFlag, ignored},
    {"includeIndexBuildInfo", field::kFlag, ignored},
};
constexpr FieldRow kDrop[] = {
    {"index", field::kString | field::kArray | field::kObject, required},
};

constexpr CommandRow kRows[] = {
    {.name = "createIndexes",
     .target = Target::collection,
     .flags = kWriteConcern | kInTransaction | kStableApi | kDefines,
     .needs = catalog::Permission::config,
     .fields = kCreate,
     .run = run_create_indexes,
     .help = "makes indexes"},
    {.name = "listIndexes",
     .target = Target::collection,
     .flags = kStableApi,
     .needs = catalog::Permission::read,
     .fields = kList,
     .run = run_list_indexes,
     .help = "the indexes of a collection"},
    {.name = "dropIndexes",
     .aliases = {"deleteIndexes"},
     .target = Target::collection,
     .flags = kWriteConcern | kStableApi,
     .needs = catalog::Permission::config,
     .fields = kDrop,
     .run = run_drop_indexes,
     .help = "drops indexes"},
};

}  // namespace

std::span<const CommandRow> index_commands() { return kRows; }

}  // namespace octavo::mongodb
