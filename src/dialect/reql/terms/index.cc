// Secondary indexes and write hooks: INDEX_*, SET_WRITE_HOOK and GET_WRITE_HOOK.

#include <fmt/format.h>

#include <algorithm>

#include "dialect/reql/access.h"
#include "dialect/reql/context.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/text/print_js.h"

namespace octavo::reql {
namespace {

// What stands before the encoded function in the BINARY that index_status and get_write_hook
// give, and index_create and set_write_hook take back.
constexpr std::string_view kIndexBlob = "$reql_index_function$";
constexpr std::string_view kHookBlob = "$reql_write_hook_function$";

enum IndexBlobFlags : std::uint8_t { kMulti = 1, kGeo = 2 };

bool is_geo(const IndexInfo& index) { return index.kind == kGeoKind; }

std::string kind_of(bool geo) { return std::string(geo ? kGeoKind : kPlainKind); }

Result<Value> index_blob(const IndexInfo& index) {
  Bytes blob(kIndexBlob);
  blob.push_back(static_cast<char>((index.multi ? kMulti : 0) | (is_geo(index) ? kGeo : 0)));
  TRY_STATUS(algebra::encode(index.function, blob));
  return Value::bytes(blob);
}

Result<algebra::ExprPtr> decode_function(BytesView encoded, std::string_view what) {
  ByteReader reader(encoded);
  Result<algebra::ExprPtr> function = function::open_function(reader);
  if (function && reader.empty() && std::holds_alternative<algebra::Lambda>((*function)->node)) {
    return function;
  }
  return fail_logic(fmt::format(
      "Binary blob passed to {} create could not be interpreted as a reql_{}_function ({}).", what,
      what, function ? "trailing bytes" : function.error().what));
}

struct IndexDefinition {
  algebra::ExprPtr function;
  IndexOptions options;
};

Result<IndexDefinition> read_index_blob(BytesView blob) {
  if (!blob.starts_with(kIndexBlob) || blob.size() == kIndexBlob.size()) {
    return fail_logic(
        "Cannot create an sindex except from a reql_index_function returned from "
        "`index_status` in the field `function`.");
  }
  blob.remove_prefix(kIndexBlob.size());
  const auto flags = static_cast<std::uint8_t>(blob.front());
  IndexDefinition definition;
  definition.options = {.multi = (flags & kMulti) != 0, .kind = kind_of((flags & kGeo) != 0)};
  TRY(definition.function, decode_function(blob.substr(1), "index"));
  return definition;
}

Status check_index_name(const TableInfo& table, std::string_view name) {
  if (name != table.primary_key) return {};
  return fail_logic(fmt::format("Index name conflict: `{}` is the name of the primary key.", name));
}

std::string display_name(const TableInfo& table) {
  return fmt::format("{}.{}", table.database.name, table.name);
}

// The function of the third argument, closed.
Result<IndexDefinition> index_definition(Env& env, Args& args, std::string_view name) {
  IndexDefinition definition;
  Function function = field_function(string(name));
  if (args.size() == 3) {
    TRY(const Val given, args.val(2));
    if (given.is_datum() && given.datum().type() == Type::bytes) {
      Result<IndexDefinition> read = read_index_blob(given.datum().as_bytes());
      if (!read) return args.at(2, std::unexpected(std::move(read).error()));
      return read;
    }
    Result<Function> converted = to_function(env, given);
    if (!converted) return args.at(2, std::unexpected(std::move(converted).error()));
    function = *std::move(converted);
  }
  if (!is_deterministic(function.lambda, Now::varies)) {
    return fail_logic(
        "Could not prove function deterministic.  Index functions must be deterministic.");
  }
  definition.function = close(env, function);
  return definition;
}

Result<Val> index_create(Env& env, Args& args) {
  TRY(const TablePtr table, args.table(0));
  TRY(const Value name, args.string(1));
  TRY_STATUS(check_index_name(*table, name.as_string()));
  TRY(IndexDefinition definition, index_definition(env, args, name.as_string()));
  TRY(const std::optional<bool> multi, args.option_boolean("multi"));
  TRY(const std::optional<bool> geo, args.option_boolean("geo"));
  definition.options.multi = multi.value_or(definition.options.multi);
  if (geo) definition.options.kind = kind_of(*geo);
  TRY(Host* const host, env.need_host());
  TRY_STATUS(host->create_index(*table, name.as_string(), definition.function, definition.options));
  return Val(Value::object({{"created", number(1)}}));
}

Result<Val> index_drop(Env& env, Args& args) {
  TRY(const TablePtr table, args.table(0));
  TRY(const Value name, args.string(1));
  TRY(Host* const host, env.need_host());
  TRY_STATUS(host->drop_index(*table, name.as_string()));
  return Val(Value::object({{"dropped", number(1)}}));
}

Result<Val> index_rename(Env& env, Args& args) {
  TRY(const TablePtr table, args.table(0));
  TRY(const Value from, args.string(1));
  TRY(const Value to, args.string(2));
  TRY_STATUS(check_index_name(*table, from.as_string()));
  TRY_STATUS(check_index_name(*table, to.as_string()));
  TRY(const std::optional<bool> overwrite, args.option_boolean("overwrite"));
  TRY(Host* const host, env.need_host());
  const bool same_name = from.as_string() == to.as_string();
  TRY(const std::vector<IndexInfo> indexes, host->index_status(*table, {}, false));
  const auto exists = [&](std::string_view name) {
    return std::any_of(indexes.begin(), indexes.end(),
                       [name](const IndexInfo& index) { return index.name == name; });
  };
  const bool blocked = !same_name && exists(to.as_string()) && !overwrite.value_or(false);
  if (!exists(from.as_string()) || blocked) {
    return fail(Code::not_found,
                fmt::format("Index `{}` does not exist or index `{}` already exists on table `{}`.",
                            from.as_string(), to.as_string(), display_name(*table)));
  }
  if (!same_name) {
    TRY_STATUS(
        host->rename_index(*table, from.as_string(), to.as_string(), overwrite.value_or(false)));
  }
  return Val(Value::object({{"renamed", number(same_name ? 0 : 1)}}));
}

Result<Val> index_list(Env& env, Args& args) {
  TRY(const TablePtr table, args.table(0));
  TRY(Host* const host, env.need_host());
  TRY(const std::vector<IndexInfo> indexes, host->index_status(*table, {}, false));
  std::vector<Value> names;
  for (const IndexInfo& index : indexes) names.push_back(string(index.name));
  return Val(Value::array(std::move(names)));
}

std::string create_query(const IndexInfo& index) {
  std::string query =
      fmt::format("indexCreate('{}', {}", index.name, print_js_function(index.function));
  if (index.multi || is_geo(index)) {
    query.append(", {");
    if (index.multi) query.append("multi: true");
    if (is_geo(index)) query.append(index.multi ? ", geo: true" : "geo: true");
    query.push_back('}');
  }
  query.push_back(')');
  return query;
}

Result<Value> status_row(const IndexInfo& index) {
  std::vector<Field> fields{{"geo", Value::boolean(is_geo(index))},
                            {"index", string(index.name)},
                            {"multi", Value::boolean(index.multi)},
                            {"outdated", Value::boolean(false)},
                            {"ready", Value::boolean(index.ready)}};
  if (index.function != nullptr) {  // else the user may not see it
    TRY(Value function, index_blob(index));
    fields.push_back({"function", std::move(function)});
    fields.push_back({"query", string(create_query(index))});
  }
  if (!index.ready) fields.push_back({"progress", number(index.progress)});
  return make_object(std::move(fields));
}

template <bool wait>
Result<Val> index_status(Env& env, Args& args) {
  TRY(const TablePtr table, args.table(0));
  std::vector<std::string> names;
  for (std::size_t i = 1; i < args.size(); ++i) {
    TRY(const Value name, args.string(i));
    names.emplace_back(name.as_string());
  }
  TRY(Host* const host, env.need_host());
  TRY(const std::vector<IndexInfo> indexes, host->index_status(*table, names, wait));
  std::vector<Value> rows;
  for (const IndexInfo& index : indexes) {
    const bool wanted =
        names.empty() || std::find(names.begin(), names.end(), index.name) != names.end();
    if (!wanted) continue;
    TRY(Value row, status_row(index));
    rows.push_back(std::move(row));
  }
  for (const std::string& name : names) {
    const bool found = std::any_of(indexes.begin(), indexes.end(),
                                   [&name](const IndexInfo& index) { return index.name == name; });
    if (!found) return fail(index_missing(name, table->database.name, table->name));
  }
  return Val(Value::array(std::move(rows)));
}

Result<std::optional<WriteHookInfo>> hook_argument(Env& env, Args& args) {
  TRY(const Val given, args.val(1));
  Function function;
  if (given.is_datum() && given.datum().is_null()) return std::optional<WriteHookInfo>();
  if (given.is_datum() && given.datum().type() == Type::bytes) {
    BytesView blob = given.datum().as_bytes();
    if (!blob.starts_with(kHookBlob)) {
      return fail_logic(
          "Cannot create a write hook except from a reql_write_hook_function "
          "returned from `get_write_hook`.");
    }
    blob.remove_prefix(kHookBlob.size());
    TRY(function.lambda, decode_function(blob, "write_hook"));
  } else {
    Result<Function> converted = to_function(env, given);
    if (!converted) return args.at(1, std::unexpected(std::move(converted).error()));
    function = *std::move(converted);
  }
  if (!is_deterministic(function.lambda, Now::varies)) {
    return fail_logic(
        "Could not prove function deterministic.  Write hook functions must be deterministic.");
  }
  if (function.arity() != 3) return fail_logic("Write hook functions must expect 3 arguments.");
  return std::optional<WriteHookInfo>(WriteHookInfo{.function = close(env, function)});
}

Result<Val> set_write_hook(Env& env, Args& args) {
  TRY(const TablePtr table, args.table(0));
  TRY(std::optional<WriteHookInfo> hook, hook_argument(env, args));
  const char* const what = !hook ? "deleted" : table->write_hook ? "replaced" : "created";
  TRY(Host* const host, env.need_host());
  TRY_STATUS(host->set_write_hook(*table, std::move(hook)));
  return Val(Value::object({{what, number(1)}}));
}

Result<Val> get_write_hook(Env& env, Args& args) {
  TRY(const TablePtr table, args.table(0));
  TRY(Host* const host, env.need_host());
  TRY_STATUS(host->require_config(*table));
  if (!table->write_hook) return Val(Value::null());
  Bytes blob(kHookBlob);
  TRY_STATUS(algebra::encode(table->write_hook->function, blob));
  const std::string query =
      fmt::format("setWriteHook({})", print_js_function(table->write_hook->function));
  return Val(Value::object({{"function", Value::bytes(blob)}, {"query", string(query)}}));
}

constexpr std::uint16_t kAdmin = kWrites | kNotDeterministic;

constexpr Term kTerms[] = {
    {75, "index_create", 2, 3, {"multi", "geo"}, kAdmin, index_create, needs::kConfig},
    {76, "index_drop", 2, 2, {}, kAdmin, index_drop, needs::kConfig},
    {77, "index_list", 1, 1, {}, kReadsData, index_list, needs::kNothing},
    {139, "index_status", 1, -1, {}, kReadsData, index_status<false>, needs::kNothing},
    {140, "index_wait", 1, -1, {}, kAdmin, index_status<true>, needs::kNothing},
    {156, "index_rename", 3, 3, {"overwrite"}, kAdmin, index_rename, needs::kConfig},
    {189, "set_write_hook", 2, 2, {}, kAdmin, set_write_hook, needs::kConfig},
    {190, "get_write_hook", 1, 1, {}, kAdmin, get_write_hook, needs::kConfig},
};

}  // namespace

std::span<const Term> index_terms() { return kTerms; }

}  // namespace octavo::reql
