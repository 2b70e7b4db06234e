#include "catalog/stored_columns.h"

namespace octavo::catalog {
namespace {

using value::ObjectBuilder;
using value::Value;

Value to_value(const ColumnDefinition& column) {
  Bytes type;
  value::encode(*column.type, type);
  ObjectBuilder out;
  out.set("id", number(raw(column.id)));
  out.set("name", text(column.name));
  out.set("type", blob(type));
  out.set("nullable", Value::boolean(column.nullable));
  out.set("hidden", Value::boolean(column.hidden));
  out.set("invisible", Value::boolean(column.invisible));
  out.set("auto_increment", Value::boolean(column.auto_increment));
  out.set("default", blob(column.default_value));
  out.set("default_now", Value::boolean(column.default_now));
  out.set("update_now", Value::boolean(column.update_now));
  out.set("generated", number(static_cast<std::uint64_t>(column.generated)));
  out.set("generated_value", blob(column.generated_value));
  out.set("comment", text(column.comment));
  out.set("forms", catalog::to_value(column.forms));
  return std::move(out).build();
}

Value to_value(const CheckDefinition& check) {
  ObjectBuilder out;
  out.set("id", number(raw(check.id)));
  out.set("name", text(check.name));
  out.set("condition", blob(check.condition));
  out.set("enforced", Value::boolean(check.enforced));
  out.set("forms", catalog::to_value(check.forms));
  return std::move(out).build();
}

Value to_value(const IndexPart& part) {
  ObjectBuilder out;
  out.set("column", number(raw(part.column)));
  out.set("prefix", number(part.prefix));
  out.set("descending", Value::boolean(part.descending));
  return std::move(out).build();
}

Value to_value(ColumnId id) { return number(raw(id)); }
Value to_value(TableId id) { return number(raw(id)); }
Value to_value(const std::string& name) { return text(name); }

template <class T>
Value to_array(const std::vector<T>& items);

Value to_value(const ForeignKeyDefinition& key) {
  ObjectBuilder out;
  out.set("id", number(raw(key.id)));
  out.set("name", text(key.name));
  out.set("columns", to_array(key.columns));
  out.set("parent", number(raw(key.parent)));
  out.set("parent_columns", to_array(key.parent_columns));
  out.set("on_delete", number(static_cast<std::uint64_t>(key.on_delete)));
  out.set("on_update", number(static_cast<std::uint64_t>(key.on_update)));
  if (key.absent) {
    ObjectBuilder absent;
    absent.set("database", text(key.absent->database));
    absent.set("table", text(key.absent->table));
    absent.set("columns", to_array(key.absent->columns));
    out.set("absent", std::move(absent).build());
  }
  return std::move(out).build();
}

template <class T>
Value to_array(const std::vector<T>& items) {
  std::vector<Value> out;
  out.reserve(items.size());
  for (const T& item : items) out.push_back(to_value(item));
  return Value::array(std::move(out));
}

Status read(FieldReader in, ColumnDefinition& out) {
  out.id = ColumnId{in.number("id")};
  out.name = in.text("name");
  const Bytes type = in.blob("type");
  ByteReader reader(type);
  TRY(auto decoded, value::decode_logical_type(reader));
  out.type = value::make_type(std::move(decoded));
  out.nullable = in.boolean("nullable");
  out.hidden = in.boolean("hidden");
  out.invisible = in.boolean("invisible");
  out.auto_increment = in.boolean("auto_increment");
  out.default_value = in.blob("default");
  out.default_now = in.boolean("default_now");
  out.update_now = in.boolean("update_now");
  out.generated = in.one_of("generated", Generated::stored);
  out.generated_value = in.blob("generated_value");
  out.comment = in.text("comment");
  out.forms = in.per_protocol("forms");
  return in.done(fmt::format("column `{}`", out.name));
}

Status read(FieldReader in, CheckDefinition& out) {
  out.id = CheckId{in.number("id")};
  out.name = in.text("name");
  out.condition = in.blob("condition");
  out.enforced = in.boolean("enforced");
  out.forms = in.per_protocol("forms");
  return in.done(fmt::format("check `{}`", out.name));
}

Status read(FieldReader in, IndexPart& out) {
  out.column = ColumnId{in.number("column")};
  out.prefix = static_cast<std::uint32_t>(in.number("prefix"));
  out.descending = in.boolean("descending");
  return in.done("a part of an index");
}

template <class Id>
Status read_ids(FieldReader& in, std::string_view name, std::vector<Id>& out) {
  for (const Value& id : in.array(name)) {
    if (id.type() != value::Type::int64) {
      return fail(Code::corrupt, fmt::format("`{}` has what is no id", name));
    }
    out.push_back(Id{static_cast<std::uint64_t>(id.as_int64())});
  }
  return {};
}

Status read(FieldReader in, AbsentParent& out) {
  out.database = in.text("database");
  out.table = in.text("table");
  for (const Value& name : in.array("columns")) {
    if (!name.is_string()) return fail(Code::corrupt, "a column of an absent table has no name");
    out.columns.emplace_back(name.as_string());
  }
  return in.done("an absent table");
}

Status read(FieldReader in, ForeignKeyDefinition& out) {
  out.id = ForeignKeyId{in.number("id")};
  out.name = in.text("name");
  TRY_STATUS(read_ids(in, "columns", out.columns));
  out.parent = TableId{in.number("parent")};
  TRY_STATUS(read_ids(in, "parent_columns", out.parent_columns));
  out.on_delete = in.one_of("on_delete", ReferenceAction::set_null);
  out.on_update = in.one_of("on_update", ReferenceAction::set_null);
  if (in.has("absent")) {
    const Value absent = in.any("absent");
    TRY_STATUS(read(FieldReader(absent), out.absent.emplace()));
  }
  TRY_STATUS(in.done(fmt::format("foreign key `{}`", out.name)));
  const std::size_t named = out.absent ? out.absent->columns.size() : out.parent_columns.size();
  const bool whole = !out.columns.empty() && named == out.columns.size() &&
                     out.absent.has_value() == (out.parent == TableId{}) &&
                     (!out.absent || out.parent_columns.empty());
  return whole ? Status()
               : fail(Code::corrupt, fmt::format("the foreign key `{}` is not whole", out.name));
}

template <class T>
Status read_array(FieldReader& in, std::string_view name, std::vector<T>& out) {
  for (const Value& entry : in.array(name)) {
    T item;
    TRY_STATUS(read(FieldReader(entry), item));
    out.push_back(std::move(item));
  }
  return {};
}

}  // namespace

void put_declared(const TableDefinition& table, ObjectBuilder& out) {
  // A table without columns may have conditions all the same.
  if (!table.declared() && table.checks.empty()) return;
  out.set("columns", to_array(table.columns));
  out.set("open", Value::boolean(table.open));
  out.set("key_columns", to_array(table.key_columns));
  out.set("checks", to_array(table.checks));
  out.set("next_part", number(table.next_part));
  out.set("first_number", number(table.first_number));
  if (!table.foreign_keys.empty()) out.set("foreign_keys", to_array(table.foreign_keys));
  if (!table.referenced_by.empty()) out.set("referenced_by", to_array(table.referenced_by));
}

void put_declared(const IndexDefinition& index, ObjectBuilder& out) {
  if (index.parts.empty() && !index.unique) return;
  out.set("parts", to_array(index.parts));
  out.set("unique", Value::boolean(index.unique));
  out.set("hidden", Value::boolean(index.hidden));
}

Status read_declared(FieldReader& in, TableDefinition& out) {
  if (!in.has("columns")) return {};
  const auto in_table = [&](const Error& error) {
    return fail(error.code, fmt::format("table `{}`: {}", out.name, error.what));
  };
  if (Status done = read_array(in, "columns", out.columns); !done) return in_table(done.error());
  out.open = in.boolean("open");
  if (Status done = read_ids(in, "key_columns", out.key_columns); !done) {
    return in_table(done.error());
  }
  if (Status done = read_array(in, "checks", out.checks); !done) return in_table(done.error());
  out.next_part = in.number("next_part");
  out.first_number = in.number("first_number");
  if (in.has("foreign_keys")) {
    Status done = read_array(in, "foreign_keys", out.foreign_keys);
    if (!done) return in_table(done.error());
  }
  if (in.has("referenced_by")) {
    Status done = read_ids(in, "referenced_by", out.referenced_by);
    if (!done) return in_table(done.error());
  }
  return {};
}

Status read_declared(FieldReader& in, IndexDefinition& out) {
  if (!in.has("parts")) return {};
  TRY_STATUS(read_array(in, "parts", out.parts));
  out.unique = in.boolean("unique");
  out.hidden = in.boolean("hidden");
  return {};
}

}  // namespace octavo::catalog
