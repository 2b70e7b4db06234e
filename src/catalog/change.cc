#include "catalog/change.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "catalog/entry.h"
#include "catalog/stored_columns.h"
#include "catalog/stored_roles.h"
#include "value/document.h"

namespace octavo::catalog {
namespace {

using std::string_view_literals::operator""sv;
using value::ObjectBuilder;
using value::Value;

// Every stored entry is one document; this is the letter that tells them apart, in keys and in
// encoded changes.
enum class Kind : char { database = 'd', table = 't', user = 'u', view = 'v', role = 'r' };

// Fields of version 0.1.0, which only one protocol wrote (docs/formats/catalog.md).
constexpr std::string_view kOldForm = "door_form";
constexpr std::string_view kOldWriteHookForm = "write_hook_door_form";
constexpr std::string_view kOldOptions = "door_options";
// Every index had this one option then, in a field of its own.
constexpr std::string_view kOldMulti = "multi";

Value to_value(const DatabaseDefinition& database) {
  ObjectBuilder out;
  out.set("id", number(raw(database.id)));
  out.set("uuid", text(database.uuid));
  out.set("name", text(database.name));
  if (!database.options.all().empty()) out.set("options", to_value(database.options));
  return std::move(out).build();
}

Value to_value(const IndexDefinition& index) {
  ObjectBuilder out;
  out.set("id", number(raw(index.id)));
  out.set("name", text(index.name));
  out.set("kind", number(raw(index.kind)));
  out.set("options", index.options);
  out.set("ready", Value::boolean(index.ready));
  out.set("function", blob(index.function));
  out.set("forms", to_value(index.forms));
  put_declared(index, out);
  return std::move(out).build();
}

Value to_value(const TableDefinition& table) {
  std::vector<Value> indexes;
  for (const auto& index : table.indexes) indexes.push_back(to_value(index));
  ObjectBuilder out;
  out.set("id", number(raw(table.id)));
  out.set("database", number(raw(table.database)));
  out.set("uuid", text(table.uuid));
  out.set("name", text(table.name));
  out.set("primary_key", text(table.primary_key));
  out.set("layout", number(static_cast<std::uint64_t>(table.layout)));
  out.set("durability", number(static_cast<std::uint64_t>(table.durability)));
  out.set("indexes", Value::array(std::move(indexes)));
  out.set("write_hook", blob(table.write_hook));
  out.set("write_hook_forms", to_value(table.write_hook_forms));
  out.set("options", to_value(table.options));
  put_declared(table, out);
  if (table.temporary) out.set("temporary", Value::boolean(true));
  return std::move(out).build();
}

Value to_value(const ViewDefinition& view) {
  ObjectBuilder out;
  out.set("id", number(raw(view.id)));
  out.set("database", number(raw(view.database)));
  out.set("name", text(view.name));
  out.set("definer", text(view.definer));
  out.set("as_invoker", Value::boolean(view.as_invoker));
  out.set("forms", to_value(view.forms));
  return std::move(out).build();
}

void put_permission(ObjectBuilder& out, std::string_view name, const std::optional<bool>& value) {
  if (value) out.set(name, Value::boolean(*value));
}

Value to_value(const Grant& grant) {
  ObjectBuilder out;
  if (grant.database) out.set("database", number(raw(*grant.database)));
  if (grant.table) out.set("table", number(raw(*grant.table)));
  put_permission(out, "read", grant.permissions.read);
  put_permission(out, "write", grant.permissions.write);
  put_permission(out, "config", grant.permissions.config);
  put_permission(out, "connect", grant.permissions.connect);
  return std::move(out).build();
}

Value to_value(const User& user) {
  std::vector<Value> grants;
  for (const auto& grant : user.grants) grants.push_back(to_value(grant));
  ObjectBuilder out;
  out.set("name", text(user.name));
  out.set("salt", blob(user.credentials.salt));
  out.set("iterations", number(user.credentials.iterations));
  out.set("stored_key", blob(user.credentials.stored_key));
  out.set("server_key", blob(user.credentials.server_key));
  out.set("empty_password", Value::boolean(user.credentials.empty_password));
  out.set("grants", Value::array(std::move(grants)));
  put_held_roles(user.roles, out);
  return std::move(out).build();
}

Status read(FieldReader in, DatabaseDefinition& out) {
  out.id = DatabaseId{in.number("id")};
  out.uuid = in.text("uuid");
  out.name = in.text("name");
  if (in.has("options")) out.options = in.per_protocol("options");
  return in.done(fmt::format("database `{}`", out.name));
}

Status read(FieldReader in, IndexDefinition& out) {
  out.id = IndexId{in.number("id")};
  out.name = in.text("name");
  out.kind = IndexKindId{in.number("kind")};
  out.options =
      in.has(kOldMulti)
          ? Value::object({{std::string(kOldMulti), Value::boolean(in.boolean(kOldMulti))}})
          : in.any("options");
  out.ready = in.boolean("ready");
  out.function = in.blob("function");
  out.forms = in.per_protocol("forms", kOldForm);
  TRY_STATUS(read_declared(in, out));
  return in.done(fmt::format("index `{}`", out.name));
}

Status read(FieldReader in, TableDefinition& out) {
  out.id = TableId{in.number("id")};
  out.database = DatabaseId{in.number("database")};
  out.uuid = in.text("uuid");
  out.name = in.text("name");
  out.primary_key = in.text("primary_key");
  out.layout = in.one_of("layout", Layout::keyspace);
  out.durability = in.one_of("durability", Durability::disk);
  for (const Value& entry : in.array("indexes")) {
    IndexDefinition index;
    if (Status done = read(FieldReader(entry), index); !done) {
      return fail(done.error().code, fmt::format("table `{}`: {}", out.name, done.error().what));
    }
    out.indexes.push_back(std::move(index));
  }
  out.write_hook = in.blob("write_hook");
  out.write_hook_forms = in.per_protocol("write_hook_forms", kOldWriteHookForm);
  out.options = in.per_protocol("options", kOldOptions);
  TRY_STATUS(read_declared(in, out));
  if (in.has("temporary")) out.temporary = in.boolean("temporary");
  return in.done(fmt::format("table `{}`", out.name));
}

Status read(FieldReader in, ViewDefinition& out) {
  out.id = TableId{in.number("id")};
  out.database = DatabaseId{in.number("database")};
  out.name = in.text("name");
  out.definer = in.text("definer");
  out.as_invoker = in.boolean("as_invoker");
  out.forms = in.per_protocol("forms");
  return in.done(fmt::format("view `{}`", out.name));
}

Status read(FieldReader in, User& out) {
  out.name = in.text("name");
  out.credentials.salt = in.blob("salt");
  out.credentials.iterations = static_cast<std::uint32_t>(in.number("iterations"));
  out.credentials.stored_key = in.blob("stored_key");
  out.credentials.server_key = in.blob("server_key");
  out.credentials.empty_password = in.boolean("empty_password");
  for (const Value& entry : in.array("grants")) {
    FieldReader reader(entry);
    Grant grant;
    if (const auto id = reader.optional_number("database")) grant.database = DatabaseId{*id};
    if (const auto id = reader.optional_number("table")) grant.table = TableId{*id};
    grant.permissions.read = reader.optional_boolean("read");
    grant.permissions.write = reader.optional_boolean("write");
    grant.permissions.config = reader.optional_boolean("config");
    grant.permissions.connect = reader.optional_boolean("connect");
    TRY_STATUS(reader.done(fmt::format("a grant of user `{}`", out.name)));
    out.grants.push_back(grant);
  }
  TRY(out.roles, read_held_roles(in));
  return in.done(fmt::format("user `{}`", out.name));
}

Bytes id_key(Kind kind, std::uint64_t id) {
  Bytes key = "catalog/";
  key.push_back(static_cast<char>(kind));
  put_be(key, id);
  return key;
}

Bytes name_key(Kind kind, std::string_view name) {
  Bytes key = "catalog/";
  key.push_back(static_cast<char>(kind));
  key.append(name);
  return key;
}

// A definition came in a message of at most 64 MiB and is a few levels deep: it always fits.
Bytes document(const Value& value) {
  Bytes out;
  const Status encoded = value::encode_document(value, out);
  ASSERT(encoded);
  return out;
}

template <class... F>
struct Overload : F... {
  using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

constexpr std::size_t kKeyPrefix = 9;  // "catalog/" and the kind letter

std::unexpected<Error> corrupt_entry() {
  return fail(Code::corrupt, "a catalog entry does not decode");
}

template <class Definition>
Result<Definition> decode_entry(BytesView entry) {
  TRY(const Value decoded, value::decode_document(entry));
  Definition out;
  TRY_STATUS(read(FieldReader(decoded), out));
  return out;
}

Result<Change> decode_one(BytesView key, std::optional<BytesView> entry) {
  if (key.size() <= kKeyPrefix || !key.starts_with("catalog/")) return corrupt_entry();
  const auto kind = static_cast<Kind>(key[kKeyPrefix - 1]);
  const BytesView rest = key.substr(kKeyPrefix);
  if (kind == Kind::user) {
    if (!entry) return Change{DropUser{std::string(rest)}};
    TRY(auto user, decode_entry<User>(*entry));
    if (user.name != rest) return corrupt_entry();
    return Change{PutUser{std::move(user)}};
  }
  const bool has_id = rest.size() == 8;
  const std::uint64_t id = has_id ? load_be<std::uint64_t>(rest.data()) : 0;
  if (kind == Kind::database && has_id) {
    if (!entry) return Change{DropDatabase{DatabaseId{id}}};
    TRY(auto database, decode_entry<DatabaseDefinition>(*entry));
    if (raw(database.id) != id) return corrupt_entry();
    return Change{PutDatabase{std::move(database)}};
  }
  if (kind == Kind::table && has_id) {
    if (!entry) return Change{DropTable{TableId{id}}};
    TRY(auto table, decode_entry<TableDefinition>(*entry));
    if (raw(table.id) != id) return corrupt_entry();
    return Change{PutTable{std::move(table)}};
  }
  if (kind == Kind::view && has_id) {
    if (!entry) return Change{DropView{TableId{id}}};
    TRY(auto view, decode_entry<ViewDefinition>(*entry));
    if (raw(view.id) != id) return corrupt_entry();
    return Change{PutView{std::move(view)}};
  }
  if (kind == Kind::role && has_id) {
    if (!entry) return Change{DropRole{RoleId{id}}};
    TRY(auto role, decode_entry<Role>(*entry));
    if (raw(role.id) != id) return corrupt_entry();
    return Change{PutRole{std::move(role)}};
  }
  return fail(Code::corrupt,
              fmt::format("a catalog entry of kind `{}` is not known to this version",
                          std::string_view(key).substr(kKeyPrefix - 1, 1)));
}

}  // namespace

StoredEntry stored_form(const Change& change) {
  return std::visit(
      Overload{
          [](const PutDatabase& c) {
            return StoredEntry{id_key(Kind::database, raw(c.database.id)),
                               document(to_value(c.database))};
          },
          [](const DropDatabase& c) {
            return StoredEntry{id_key(Kind::database, raw(c.id)), std::nullopt};
          },
          [](const PutTable& c) {
            return StoredEntry{id_key(Kind::table, raw(c.table.id)), document(to_value(c.table))};
          },
          [](const DropTable& c) {
            return StoredEntry{id_key(Kind::table, raw(c.id)), std::nullopt};
          },
          [](const PutView& c) {
            return StoredEntry{id_key(Kind::view, raw(c.view.id)), document(to_value(c.view))};
          },
          [](const DropView& c) {
            return StoredEntry{id_key(Kind::view, raw(c.id)), std::nullopt};
          },
          [](const PutUser& c) {
            return StoredEntry{name_key(Kind::user, c.user.name), document(to_value(c.user))};
          },
          [](const DropUser& c) { return StoredEntry{name_key(Kind::user, c.name), std::nullopt}; },
          [](const PutRole& c) {
            return StoredEntry{id_key(Kind::role, raw(c.role.id)), document(to_value(c.role))};
          },
          [](const DropRole& c) {
            return StoredEntry{id_key(Kind::role, raw(c.id)), std::nullopt};
          },
      },
      change);
}

Result<Change> decode_stored(BytesView key, BytesView entry) { return decode_one(key, entry); }

// varint count, then for each: length-prefixed key, u8 present, length-prefixed entry if present.
Bytes encode_changes(std::span<const Change> changes) {
  Bytes out;
  put_varint(out, changes.size());
  for (const Change& change : changes) {
    const StoredEntry stored = stored_form(change);
    put_length_prefixed(out, stored.key);
    out.push_back(stored.entry ? '\1' : '\0');
    if (stored.entry) put_length_prefixed(out, *stored.entry);
  }
  return out;
}

Result<std::vector<Change>> decode_changes(BytesView bytes) {
  ByteReader reader(bytes);
  const auto count = reader.get_varint();
  if (!count || *count > bytes.size()) return corrupt_entry();
  std::vector<Change> out;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto key = reader.get_length_prefixed();
    const auto present = reader.get_bytes(1);
    if (!key || !present || (*present != "\0"sv && *present != "\1"sv)) return corrupt_entry();
    std::optional<BytesView> entry;
    if (present->front() != '\0') {
      entry = reader.get_length_prefixed();
      if (!entry) return corrupt_entry();
    }
    TRY(auto change, decode_one(*key, entry));
    out.push_back(std::move(change));
  }
  if (!reader.empty()) return corrupt_entry();
  return out;
}

void CatalogEditor::use_id(std::uint64_t id) {
  if (id >= state_.next_id_) state_.next_id_ = id + 1;
}

// A name that another definition took over in the meantime stays with that one.
template <class Names, class Name, class Id>
static void forget_name(Names& names, const Name& name, Id id) {
  const auto it = names.find(name);
  if (it != names.end() && it->second == id) names.erase(it);
}

void CatalogEditor::put(const DatabaseDefinition& database) {
  use_id(raw(database.id));
  if (const auto it = state_.databases_.find(database.id); it != state_.databases_.end()) {
    forget_name(state_.database_names_, it->second.name, it->first);
  }
  state_.database_names_[database.name] = database.id;
  state_.databases_[database.id] = database;
}

void CatalogEditor::put(const TableDefinition& table) {
  use_id(raw(table.id));
  for (const auto& index : table.indexes) use_id(raw(index.id));
  if (const auto it = state_.tables_.find(table.id); it != state_.tables_.end()) {
    forget_name(state_.table_names_, std::pair(it->second->database, it->second->name), it->first);
  }
  if (!table.temporary) state_.table_names_[std::pair(table.database, table.name)] = table.id;
  state_.tables_[table.id] = std::make_shared<const TableDefinition>(table);
}

void CatalogEditor::show(TableId temporary) {
  const TableDefinition* table = state_.find_table(temporary);
  if (table == nullptr) return;
  const std::pair name(table->database, table->name);
  state_.table_names_[name] = temporary;
  state_.view_names_.erase(name);
}

void CatalogEditor::put(const ViewDefinition& view) {
  use_id(raw(view.id));
  if (const auto it = state_.views_.find(view.id); it != state_.views_.end()) {
    forget_name(state_.view_names_, std::pair(it->second->database, it->second->name), it->first);
  }
  state_.view_names_[std::pair(view.database, view.name)] = view.id;
  state_.views_[view.id] = std::make_shared<const ViewDefinition>(view);
}

void CatalogEditor::apply(const Change& change) {
  std::visit(Overload{
                 [this](const PutDatabase& c) { put(c.database); },
                 [this](const DropDatabase& c) {
                   const auto it = state_.databases_.find(c.id);
                   if (it == state_.databases_.end()) return;
                   forget_name(state_.database_names_, it->second.name, it->first);
                   state_.databases_.erase(it);
                 },
                 [this](const PutTable& c) { put(c.table); },
                 [this](const DropTable& c) {
                   const auto it = state_.tables_.find(c.id);
                   if (it == state_.tables_.end()) return;
                   const auto& gone = *it->second;
                   forget_name(state_.table_names_, std::pair(gone.database, gone.name), c.id);
                   state_.tables_.erase(it);
                 },
                 [this](const PutView& c) { put(c.view); },
                 [this](const DropView& c) {
                   const auto it = state_.views_.find(c.id);
                   if (it == state_.views_.end()) return;
                   const auto& gone = *it->second;
                   forget_name(state_.view_names_, std::pair(gone.database, gone.name), c.id);
                   state_.views_.erase(it);
                 },
                 [this](const PutUser& c) { state_.users_[c.user.name] = c.user; },
                 [this](const DropUser& c) { state_.users_.erase(c.name); },
                 [this](const PutRole& c) {
                   use_id(raw(c.role.id));
                   state_.roles_[c.role.id] = c.role;
                 },
                 [this](const DropRole& c) { state_.roles_.erase(c.id); },
             },
             change);
}

}  // namespace octavo::catalog
