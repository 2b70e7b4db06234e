#include "dialect/sql/print/printer.h"

namespace octavo::sql {
namespace {

void write(Printer& printer, const UserSpec& spec) {
  octavo::sql::write(printer, spec.account);
  octavo::sql::write(printer, spec.authentication);
}

void write(Printer& printer, const Privilege& privilege) {
  if (privilege.words.empty()) {
    octavo::sql::write(printer, privilege.role);
  } else {
    printer.text(privilege.words);
  }
  printer.names_in_parentheses(privilege.columns);
}

template <class T>
void write_all(Printer& printer, const List<T>& items) {
  bool first = true;
  for (const T& item : items) {
    printer.text(std::exchange(first, false) ? "" : ",");
    write(printer, item);
  }
}

void write(Printer& printer, const GrantLevel& level) {
  printer.text_if(level.object == GrantLevel::Object::function, "FUNCTION ");
  printer.text_if(level.object == GrantLevel::Object::procedure, "PROCEDURE ");
  printer.text_if(level.any_database, "*.");
  if (!level.database.empty()) printer.name(level.database).text(".");
  if (level.any_object) {
    printer.text("*");
  } else {
    printer.name(level.name);
  }
}

void write_what(Printer& printer, const Grant& grant) {
  if (grant.proxy) {
    printer.text("PROXY ON ");
  } else if (grant.all) {
    printer.text("ALL PRIVILEGES").text_if(grant.revoke && grant.with_option, ", GRANT OPTION");
  }
  write_all(printer, grant.privileges);
  if (grant.level) {
    printer.text(" ON ");
    write(printer, *grant.level);
  }
}

}  // namespace

void write(Printer& printer, const Account& account) {
  if (account.current) {
    printer.text("CURRENT_USER()");
    return;
  }
  printer.string(account.user);
  if (account.has_host) printer.text("@").string(account.host);
}

void write(Printer& printer, const Authentication& authentication) {
  using Kind = Authentication::Kind;
  printer.text_if(authentication.kind != Kind::unsaid, " IDENTIFIED");
  // The name may be empty, where it is all that is said.
  const bool is_named = authentication.kind == Kind::plugin || authentication.kind == Kind::hash ||
                        !authentication.plugin.empty();
  if (is_named) printer.text(" WITH ").string(authentication.plugin);
  switch (authentication.kind) {
    case Kind::unsaid:
    case Kind::plugin: break;
    case Kind::password: printer.text(" BY ").string(authentication.text); break;
    case Kind::random_password: printer.text(" BY RANDOM PASSWORD"); break;
    case Kind::hash: printer.text(" AS ").string(authentication.text); break;
  }
  if (authentication.replaced) printer.text(" REPLACE ").string(*authentication.replaced);
  printer.text_if(authentication.retain, " RETAIN CURRENT PASSWORD");
  printer.text_if(authentication.discard, " DISCARD OLD PASSWORD");
}

void write(Printer& printer, const RoleSet& roles) {
  switch (roles.kind) {
    case RoleSet::Kind::listed: break;
    case RoleSet::Kind::none: printer.text("NONE"); return;
    case RoleSet::Kind::all: printer.text("ALL"); return;
    case RoleSet::Kind::all_except: printer.text("ALL EXCEPT "); break;
    case RoleSet::Kind::by_default: printer.text("DEFAULT"); return;
  }
  printer.list(roles.roles);
}

void write(Printer& printer, const CreateUser& create) {
  printer.text(create.alter ? "ALTER USER " : "CREATE USER ");
  printer.text_if(create.if_exists, create.alter ? "IF EXISTS " : "IF NOT EXISTS ");
  write_all(printer, create.users);
  printer.clause(" DEFAULT ROLE ", create.default_roles);
  for (const UserOption& option : create.options) {
    printer.text(" ").text(option.words);
    if (option.text) printer.text(" ").string(*option.text);
  }
}

void write(Printer& printer, const DropUser& drop) {
  printer.text(drop.roles ? "DROP ROLE " : "DROP USER ").text_if(drop.if_exists, "IF EXISTS ");
  printer.list(drop.users);
}

void write(Printer& printer, const CreateRole& create) {
  printer.text("CREATE ROLE ").text_if(create.if_not_exists, "IF NOT EXISTS ");
  printer.list(create.roles);
}

void write(Printer& printer, const RenameUser& rename) {
  printer.text("RENAME USER ");
  bool first = true;
  for (const UserRename& next : rename.renames) {
    printer.text(std::exchange(first, false) ? "" : ",");
    write(printer, next.from);
    printer.text(" TO ");
    write(printer, next.to);
  }
}

void write(Printer& printer, const Grant& grant) {
  printer.text(grant.revoke ? "REVOKE " : "GRANT ").text_if(grant.if_exists, "IF EXISTS ");
  write_what(printer, grant);
  printer.text(grant.revoke ? " FROM " : " TO ").list(grant.to);
  if (!grant.revoke && grant.with_option) {
    const bool roles = !grant.level && !grant.proxy;
    printer.text(roles ? " WITH ADMIN OPTION" : " WITH GRANT OPTION");
  }
  printer.text_if(grant.ignore_unknown_user, " IGNORE UNKNOWN USER");
}

void write(Printer& printer, const SetDefaultRole& set) {
  printer.text("SET DEFAULT ROLE ");
  write(printer, set.roles);
  printer.text(" TO ").list(set.users);
}

}  // namespace octavo::sql
