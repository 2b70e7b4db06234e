// What the server is and does, as information_schema has it.

#include "dialect/sql/type/server_defaults.h"
#include "protocol/mysql/language/schema_fill.h"
#include "protocol/mysql/language/sql_session.h"
#include "protocol/mysql/processes.h"
#include "value/collation.h"

namespace octavo::mysql::schema {
namespace {

struct PluginRow {
  std::string_view name, type, description;
};
constexpr PluginRow kPlugins[] = {
    {"caching_sha2_password", "AUTHENTICATION", "A digest, once the password was right"},
    {"sha256_password", "AUTHENTICATION", "The password through TLS, or encrypted"},
    {"mysql_clear_password", "AUTHENTICATION", "The password through TLS"},
    {"InnoDB", "STORAGE ENGINE", "Rows of Octavo's commit log"},
};

std::uint64_t sort_length(const value::Collation& collation) {
  return collation.name.ends_with("_bin") || collation.charset != value::CharsetId::utf8mb4 ? 1 : 0;
}

}  // namespace

// All names mean the one engine that there is.
Status fill_engines(const SchemaContext&, SchemaRows& rows) {
  for (const std::string_view engine : sql::kEngines) {
    const bool first = engine == sql::kEngines.front();
    rows.add(
        {text_cell(engine), text_cell(first ? "DEFAULT" : "YES"),
         text_cell(first ? "Rows of Octavo's commit log, with transactions and row-level locking"
                         : "The same as InnoDB"),
         text_cell("YES"), text_cell("NO"), text_cell("YES")});
  }
  return {};
}

Status fill_charsets(const SchemaContext&, SchemaRows& rows) {
  for (const value::Charset& charset : value::charsets()) {
    rows.add({text_cell(charset.name), text_cell(charset.default_collation),
              text_cell(charset.description), number_cell(charset.most_bytes)});
  }
  return {};
}

Status fill_collations(const SchemaContext&, SchemaRows& rows) {
  for (const value::Collation& collation : value::collations()) {
    rows.add({text_cell(collation.name), text_cell(value::charset_of(collation.charset).name),
              number_cell(collation.id), text_cell(collation.is_default() ? "Yes" : ""),
              text_cell("Yes"), number_cell(sort_length(collation)),
              text_cell(collation.pads ? "PAD SPACE" : "NO PAD")});
  }
  return {};
}

Status fill_applicability(const SchemaContext&, SchemaRows& rows) {
  for (const value::Collation& collation : value::collations()) {
    rows.add({text_cell(collation.name), text_cell(value::charset_of(collation.charset).name)});
  }
  return {};
}

Status fill_processes(const SchemaContext& context, SchemaRows& rows) {
  for (const Process& process :
       context.session.shared().processes.list(context.session.account())) {
    rows.add({number_cell(process.id), text_cell(process.user), text_cell(process.host),
              process.database.empty() ? no_cell() : text_cell(process.database),
              text_cell(process.command), number_cell(static_cast<std::uint64_t>(process.seconds)),
              text_cell(process.text.empty() ? "" : "executing"),
              process.text.empty() ? no_cell() : text_cell(process.text)});
  }
  return {};
}

Status fill_plugins(const SchemaContext&, SchemaRows& rows) {
  for (const PluginRow& plugin : kPlugins) {
    rows.add({text_cell(plugin.name), text_cell("1.0"), text_cell("ACTIVE"), text_cell(plugin.type),
              text_cell("1.0"), no_cell(), no_cell(), text_cell("Octavo"),
              text_cell(plugin.description), text_cell("MIT"), text_cell("ON")});
  }
  return {};
}

}  // namespace octavo::mysql::schema
