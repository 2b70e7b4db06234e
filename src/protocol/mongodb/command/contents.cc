// Commands that look at all of a collection or a database: dataSize, dbHash, filemd5,
// validateDBMetadata.

#include <algorithm>
#include <compare>
#include <limits>
#include <utility>

#include "base/crypto.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/values_at.h"
#include "dialect/mongodb/type/bson_form.h"
#include "dialect/mongodb/type/namespace.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/client.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/file_md5.h"
#include "protocol/mongodb/command/index_definition.h"
#include "protocol/mongodb/command/rights.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using enum FieldRule;
using catalog::Permission;
using value::Field;
using value::Value;

constexpr std::size_t kRowsAtOnce = 256;
constexpr std::int64_t kNanosPerMilli = 1'000'000;

// All documents, in the order of their primary keys.
template <class Take>
Status each_document(CommandCall& call, const Collection& collection, Take take) {
  const auto plan = algebra::make_plan(algebra::Scan{.table = collection.id()});
  TRY(const auto query, call.engine().query(plan, call.context()));
  std::vector<Value> rows;
  do {
    rows.clear();
    TRY_STATUS(query->next(kRowsAtOnce, rows));
    for (const Value& row : rows) take(collection.shown(row));
  } while (!rows.empty());
  return {};
}

Value millis_since_start(CommandCall& call) {
  return Value::int32(
      static_cast<std::int32_t>((call.monotonic_ns() - call.started_ns()) / kNanosPerMilli));
}

// --- dataSize ---

// Documents whose values at the fields of a key are from `least` on and before `end`.
struct KeyRange {
  std::vector<std::string> fields;
  std::vector<Value> least;
  std::vector<Value> end;

  bool has(const Value& document) const {
    return compare_to(document, least) >= 0 && compare_to(document, end) < 0;
  }

 private:
  std::strong_ordering compare_to(const Value& document, const std::vector<Value>& bound) const {
    for (std::size_t i = 0; i < fields.size() && i < bound.size(); ++i) {
      const auto order = compare(first_at(document, fields[i]), bound[i], value::Order::bson);
      if (order != 0) return order;
    }
    return std::strong_ordering::equal;
  }

  static Value first_at(const Value& document, std::string_view path) {
    Value first;
    bool found = false;
    each_value_at(document, path, [&](const Value& value) {
      if (!std::exchange(found, true)) first = value;
    });
    return found ? first : Value::null();
  }
};

std::vector<Value> contents_of(const Value& object) {
  std::vector<Value> contents;
  for (const Field& field : object.as_object()) contents.push_back(field.value);
  return contents;
}

// Nothing: all documents are meant.
Result<std::optional<KeyRange>> read_range(const CommandCall& call) {
  const Value least = call.document("min");
  const Value end = call.document("max");
  if (least.as_object().empty() != end.as_object().empty()) {
    return error(ErrorCode::bad_value, "min or max must be set with both or none of them");
  }
  if (least.as_object().empty()) return std::nullopt;
  const Value pattern = call.document("keyPattern");
  if (pattern.as_object().empty()) {
    return error(ErrorCode::operation_failed, "min and max need a keyPattern");
  }
  KeyRange range{.fields = {}, .least = contents_of(least), .end = contents_of(end)};
  for (const Field& field : pattern.as_object()) range.fields.push_back(field.name);
  return range;
}

struct Measured {
  std::string_view database;
  std::string_view name;
};

Result<Measured> read_measured(const CommandCall& call) {
  const std::string_view ns = call.text("dataSize");
  const std::size_t dot = ns.find('.');
  if (dot == ns.npos || dot == 0 || dot + 1 == ns.size()) {
    return error(ErrorCode::invalid_namespace, "Invalid namespace specified '{}'", ns);
  }
  return Measured{.database = ns.substr(0, dot), .name = ns.substr(dot + 1)};
}

Status may_measure(CommandCall& call) {
  TRY(const Measured measured, read_measured(call));
  return require_on(call, Permission::read, measured.database, measured.name);
}

Result<Reply> run_data_size(CommandCall& call) {
  TRY(const auto measured, read_measured(call));
  const auto& [database, name] = measured;
  TRY(const auto range, read_range(call));
  const auto state = call.engine().catalog();
  TRY_STATUS(refuse_view(*state, database, name));
  const std::int64_t most_bytes =
      call.integer("maxSize").value_or(std::numeric_limits<std::int64_t>::max());
  const std::int64_t most_objects =
      call.integer("maxObjects").value_or(std::numeric_limits<std::int64_t>::max());
  std::int64_t bytes = 0;
  std::int64_t objects = 0;
  bool reached = false;
  if (const auto collection = find_collection(*state, database, name)) {
    TRY_STATUS(each_document(call, *collection, [&](const Value& document) {
      if (reached || (range && !range->has(document))) return;
      bytes += static_cast<std::int64_t>(bson_size(document));
      ++objects;
      reached = bytes > most_bytes || objects > most_objects;
    }));
  }
  Reply reply;
  reply.add("estimate", Value::boolean(call.flag("estimate")))
      .add("size", Value::int64(bytes))
      .add("numObjects", Value::int64(objects))
      .add("millis", millis_since_start(call));
  if (reached) reply.add("maxReached", Value::boolean(true));
  return reply;
}

// --- dbHash ---

// A hash over parts: each is hashed with the hash of those before it.
class Chain {
 public:
  void add(BytesView part) {
    hash_.append(part);
    hash_ = hash_of(HashKind::md5, hash_);
  }
  std::string hex() const {
    std::string text;
    for (const char byte : hash_) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return text;
  }

 private:
  Bytes hash_ = hash_of(HashKind::md5, {});
};

Result<std::string> hash_of_all(CommandCall& call, const Collection& collection) {
  Chain hash;
  TRY_STATUS(each_document(call, collection, [&](const Value& document) {
    Bytes bytes;
    write_bson(document, bytes);
    hash.add(bytes);
  }));
  return hash.hex();
}

Result<std::vector<std::string>> names_wanted(const CommandCall& call) {
  std::vector<std::string> names;
  for (const Value& name : call.elements("collections")) {
    if (!name.is_string()) {
      return error(ErrorCode::bad_value, "collections entries have to be strings");
    }
    names.emplace_back(name.as_string());
  }
  return names;
}

Result<Reply> run_database_hash(CommandCall& call) {
  TRY(const auto wanted, names_wanted(call));
  const auto state = call.engine().catalog();
  std::vector<Field> hashes;
  std::vector<Field> ids;
  Chain all;
  if (const auto* const database = state->find_database(call.database())) {
    std::vector<const catalog::TableDefinition*> tables;
    for (const auto* table : state->tables(database->id)) {
      const bool named = wanted.empty() || std::ranges::find(wanted, table->name) != wanted.end();
      if (!table->temporary && named) tables.push_back(table);
    }
    std::ranges::sort(tables, {}, &catalog::TableDefinition::name);
    for (const auto* table : tables) {
      TRY(const std::string hash, hash_of_all(call, Collection{state->share_table(table->id)}));
      all.add(hash);
      hashes.push_back({table->name, text(hash)});
      ids.push_back({table->name, uuid_of(*table)});
    }
  }
  Reply reply;
  reply.add("host", text(advertised_address(call.shared(), call.client().connection)))
      .add("collections", document(std::move(hashes)))
      .add("capped", Value::array({}))
      .add("uuids", document(std::move(ids)))
      .add("md5", text(all.hex()))
      .add("timeMillis", millis_since_start(call));
  return reply;
}

// --- validateDBMetadata ---

constexpr std::string_view kVersion = "1";

constexpr FieldRow kApiFields[] = {{"version", field::kString, required},
                                   {"strict", field::kBool},
                                   {"deprecationErrors", field::kBool}};

Status check_asked_database(std::string_view name) {
  if (name.empty()) return error(28539, "The name of a database is empty");
  // What names of namespaces may not have, and what databases' files may not.
  constexpr std::size_t kMostBytes = 63;
  if (name.size() > kMostBytes || name.find_first_of(std::string_view("\0.", 2)) != name.npos) {
    return error(ErrorCode::invalid_namespace, "Invalid database name: '{}'", name);
  }
  if (name.find_first_of("/\\ \"") != name.npos) {
    return error(13280, "Invalid database name: '{}'", name);
  }
  return {};
}

// What version 1 of the Stable API has no word for.
void add_errors(const catalog::TableDefinition& table, std::string_view database,
                std::vector<Value>& errors) {
  for (const auto& index : table.indexes) {
    if (index.hidden || shown_index(table, index).find("sparse") == nullptr) continue;
    const auto code = static_cast<std::uint32_t>(ErrorCode::api_strict_error);
    errors.push_back(document(
        {{"ns", text(fmt::format("{}.{}", database, table.name))},
         {"code", int32(code)},
         {"codeName", text(code_name(code))},
         {"errmsg", text(fmt::format("The index with name {} is not allowed in API version {}.",
                                     index.name, kVersion))}}));
  }
}

Result<Reply> run_validate_metadata(CommandCall& call) {
  const Value& parameters = *call.find("apiParameters");
  TRY_STATUS(check_fields("validateDBMetadata.apiParameters", parameters.as_object(), kApiFields));
  if (call.find("db") != nullptr) TRY_STATUS(check_asked_database(call.text("db")));
  if (call.find("collection") != nullptr) {
    const std::string_view name = call.text("collection");
    if (name.empty() || name.front() == '.' || name.find('\0') != name.npos) {
      return error(ErrorCode::invalid_namespace, "Invalid collection name: '{}'", name);
    }
  }
  const Value* const strict = parameters.find("strict");
  const bool looks = strict != nullptr && strict->type() == value::Type::boolean &&
                     strict->as_boolean() && parameters.find("version")->as_string() == kVersion;
  std::vector<Value> errors;
  const auto state = call.engine().catalog();
  for (const auto* database : state->databases()) {
    const bool asked = call.find("db") == nullptr || call.text("db") == database->name;
    if (!looks || !asked) continue;
    for (const auto* table : state->tables(database->id)) {
      const bool named =
          call.find("collection") == nullptr || call.text("collection") == table->name;
      const bool shown = !table->temporary &&
                         state->allows(call.user(), Permission::read, database->id, table->id);
      if (named && shown) add_errors(*table, database->name, errors);
    }
  }
  Reply reply;
  reply.add("apiVersionErrors", Value::array(std::move(errors)));
  return reply;
}

constexpr FieldRow kDataSize[] = {
    {"dataSize", field::kString, required},
    {"keyPattern", field::kObject},
    {"min", field::kObject},
    {"max", field::kObject},
    {"estimate", field::kFlag},
    {"maxSize", field::kNumber},
    {"maxObjects", field::kNumber},
};
constexpr FieldRow kDatabaseHash[] = {{"collections", field::kAny}};
constexpr FieldRow kFileMd5[] = {
    {"filemd5", field::kAny, null_is_a_value},
    {"root", field::kString},
    {"partialOk", field::kFlag},
    {"md5state", field::kBinary, ignored},
};
constexpr FieldRow kValidateMetadata[] = {
    {"db", field::kString},
    {"collection", field::kString},
    {"apiParameters", field::kObject, required},
};

constexpr CommandRow kRows[] = {
    {.name = "dataSize",
     .aliases = {"datasize"},
     .target = Target::field,
     .may = may_measure,
     .fields = kDataSize,
     .run = run_data_size,
     .help = "how much space documents take"},
    {.name = "dbHash",
     .aliases = {"dbhash"},
     .flags = kAnyFields,
     .needs = catalog::Permission::read,
     .fields = kDatabaseHash,
     .run = run_database_hash,
     .help = "hashes of what is in a database"},
    {.name = "filemd5",
     .target = Target::field,
     .may = may_hash_file,
     .fields = kFileMd5,
     .run = run_file_md5,
     .help = "the MD5 of a file in chunks"},
    {.name = "validateDBMetadata",
     .fields = kValidateMetadata,
     .run = run_validate_metadata,
     .help = "what collections have that the Stable API has not"},
};

}  // namespace

std::span<const CommandRow> contents_commands() { return kRows; }

}  // namespace octavo::mongodb
