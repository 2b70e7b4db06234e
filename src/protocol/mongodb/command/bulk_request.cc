#include "protocol/mongodb/command/bulk_request.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <string_view>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/namespace.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collation.h"
#include "protocol/mongodb/command/field.h"
#include "protocol/mongodb/command/hint.h"
#include "protocol/mongodb/command/new_document.h"

namespace octavo::mongodb {
namespace {

using enum FieldRule;
using value::Value;

constexpr std::string_view kOperationsPath = "bulkWrite.ops";
constexpr std::string_view kNamespacesPath = "bulkWrite.nsInfo";

constexpr FieldRow kInsertFields[] = {
    {"insert", field::kNumber, required},
    {"document", field::kObject, required},
};
// `updateMods` is looked at by check_update_mods.
constexpr FieldRow kUpdateFields[] = {
    {"update", field::kNumber, required},
    {"filter", field::kObject, required},
    {"updateMods", field::kAny, null_is_a_value},
    {"multi", field::kBool},
    {"upsert", field::kBool},
    {"arrayFilters", field::kArray},
    {"hint", field::kAny, null_is_a_value},
    {"constants", field::kObject},
    {"collation", field::kObject},
    {"sort", field::kObject},
};
constexpr FieldRow kDeleteFields[] = {
    {"delete", field::kNumber, required},
    {"filter", field::kObject, required},
    {"multi", field::kBool},
    {"hint", field::kAny, null_is_a_value},
    {"collation", field::kObject},
};
constexpr FieldRow kNamespaceFields[] = {
    {"ns", field::kString, required},
    {"collectionUUID", field::kBinary},
};

Status no_more(const Value& /*statement*/) { return {}; }

Status check_update_mods(const Value& statement) {
  const Value* const update = statement.find("updateMods");
  if (update == nullptr) {
    return error(40414, "BSON field '{}.updateMods' is missing but a required field",
                 kOperationsPath);
  }
  if (update->is_object() || update->is_array()) return {};
  return error(ErrorCode::failed_to_parse, "Update argument must be either an object or an array");
}

// By the name of its first field.
struct KindRow {
  std::string_view name;
  BulkKind kind;
  std::span<const FieldRow> fields;
  Status (*check)(const Value& statement);
};
constexpr KindRow kKinds[] = {
    {"insert", BulkKind::insert, kInsertFields, no_more},
    {"update", BulkKind::update, kUpdateFields, check_update_mods},
    {"delete", BulkKind::remove, kDeleteFields, no_more},
};

Result<BulkNamespace> read_namespace(const Value& given) {
  if (!given.is_object()) return wrong_type(kNamespacesPath, given, field::kObject);
  TRY_STATUS(check_fields(kNamespacesPath, given.as_object(), kNamespaceFields));
  const std::string_view name = given.find("ns")->as_string();
  const std::size_t point = name.find('.');
  if (point == name.npos) {
    return error(ErrorCode::invalid_namespace, "Invalid namespace specified '{}'", name);
  }
  BulkNamespace found{.database = std::string(name.substr(0, point)),
                      .collection = std::string(name.substr(point + 1)),
                      .uuid = given_field(given, "collectionUUID")};
  TRY_STATUS(check_database_name(found.database));
  TRY_STATUS(check_collection_name(found.database, found.collection));
  return found;
}

Result<BulkOperation> read_operation(std::size_t i, const Value& given, std::size_t namespaces) {
  if (!given.is_object()) return wrong_type(kOperationsPath, given, field::kObject);
  const value::ObjectView fields = given.as_object();
  const std::string_view name = fields.empty() ? std::string_view() : fields.front().name;
  const auto* const row = std::ranges::find(kKinds, name, &KindRow::name);
  if (row == std::end(kKinds)) {
    return error(40415, "BSON field '{}.{}' is an unknown field.", kOperationsPath, name);
  }
  TRY_STATUS(check_fields(kOperationsPath, fields, row->fields));
  TRY_STATUS(row->check(given));
  TRY_STATUS(check_hint(given.find("hint")));
  if (const Value* const collation = given_field(given, "collation");
      collation != nullptr && !collation->as_object().empty()) {
    TRY_STATUS(check_collation("collation", *collation));
  }
  const std::int64_t target = to_integer(fields.front().value);
  if (target < 0 || static_cast<std::uint64_t>(target) >= namespaces) {
    return error(ErrorCode::bad_value, "BulkWrite ops entry {} has an invalid nsInfo index.", i);
  }
  return BulkOperation{row->kind, static_cast<std::size_t>(target), &given};
}

catalog::PermissionSet needs_of(const BulkOperation& operation) {
  using catalog::Permission;
  switch (operation.kind) {
    case BulkKind::insert: return Permission::insert;
    case BulkKind::remove: return Permission::remove;
    case BulkKind::update: break;
  }
  const Value* const upsert = given_field(*operation.statement, "upsert");
  const bool may_insert = upsert != nullptr && to_flag(*upsert);
  const catalog::PermissionSet update = Permission::update;
  return may_insert ? update | Permission::insert : update;
}

}  // namespace

Result<BulkRequest> read_bulk_request(const CommandCall& call) {
  const auto operations = call.elements("ops");
  const auto namespaces = call.elements("nsInfo");
  TRY_STATUS(check_batch_size(operations.size()));
  BulkRequest request;
  request.namespaces.reserve(namespaces.size());
  for (const Value& given : namespaces) {
    TRY(auto found, read_namespace(given));
    request.namespaces.push_back(std::move(found));
  }
  request.operations.reserve(operations.size());
  for (std::size_t i = 0; i < operations.size(); ++i) {
    TRY(const BulkOperation operation, read_operation(i, operations[i], namespaces.size()));
    catalog::PermissionSet& needs = request.namespaces[operation.target].needs;
    needs = needs | needs_of(operation);
    request.operations.push_back(operation);
  }
  return request;
}

}  // namespace octavo::mongodb
