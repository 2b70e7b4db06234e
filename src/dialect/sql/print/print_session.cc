#include "dialect/sql/print/printer.h"

namespace octavo::sql {
namespace {

struct IsolationRow {
  Isolation isolation;
  std::string_view text;
};
constexpr std::array kIsolations = std::to_array<IsolationRow>({
    {Isolation::unsaid, ""},
    {Isolation::read_uncommitted, "ISOLATION LEVEL READ UNCOMMITTED"},
    {Isolation::read_committed, "ISOLATION LEVEL READ COMMITTED"},
    {Isolation::repeatable_read, "ISOLATION LEVEL REPEATABLE READ"},
    {Isolation::serializable, "ISOLATION LEVEL SERIALIZABLE"},
});
static_assert(rows_in_place(kIsolations, &IsolationRow::isolation, Isolation::serializable));

std::string_view text_of(AccessMode access) {
  switch (access) {
    case AccessMode::unsaid: return "";
    case AccessMode::read_write: return "READ WRITE";
    case AccessMode::read_only: return "READ ONLY";
  }
  return {};
}

// A scope as a word would be that of the items behind it as well.
void write_item(Printer& printer, const SetVariable& set) {
  if (set.scope == VariableScope::none && !set.by_sign) {
    printer.path(set.name);
  } else {
    write(printer, SystemVariable{.scope = set.scope, .path = set.name});
  }
  printer.text("=");
  if (set.value) {
    printer.clause("", set.value);
  } else {
    printer.text("DEFAULT");
  }
}

void write_item(Printer& printer, const SetUserVariable& set) {
  printer.text("@").string(set.name).text("=").clause("", set.value);
}

void write_item(Printer& printer, const SetNames& set) {
  printer.text(set.names ? "NAMES " : "CHARACTER SET ");
  if (set.charset.empty()) {
    printer.text("DEFAULT");
  } else {
    printer.plain_name(set.charset);
  }
  if (!set.collation.empty()) printer.text(" COLLATE ").plain_name(set.collation);
}

void write_item(Printer& printer, Ref<SetPassword> set) {
  printer.text("PASSWORD");
  if (set->account) {
    printer.text(" FOR ");
    write(printer, *set->account);
  }
  const Authentication& authentication = set->authentication;
  if (authentication.kind == Authentication::Kind::random_password) {
    printer.text(" TO RANDOM");
  } else {
    printer.text("=").string(authentication.text);
  }
  write(printer,
        Authentication{.replaced = authentication.replaced, .retain = authentication.retain});
}

void write_item(Printer& printer, const SetTransaction& set) {
  printer.text_if(set.scope == VariableScope::global, "GLOBAL ");
  printer.text_if(set.scope == VariableScope::session, "SESSION ").text("TRANSACTION ");
  const bool both = set.isolation != Isolation::unsaid && set.access != AccessMode::unsaid;
  printer.text(row_of(kIsolations, set.isolation).text).text_if(both, ", ");
  printer.text(text_of(set.access));
}

void write_item(Printer& printer, const RoleSet& roles) {
  printer.text("ROLE ");
  write(printer, roles);
}

void write_lock(Printer& printer, const TableLock& lock) {
  printer.path(lock.table);
  if (!lock.alias.empty()) printer.text(" ").name(lock.alias);
  switch (lock.mode) {
    case TableLock::Mode::read: printer.text(" READ"); return;
    case TableLock::Mode::read_local: printer.text(" READ LOCAL"); return;
    case TableLock::Mode::write: printer.text(" WRITE"); return;
    case TableLock::Mode::low_priority_write: printer.text(" LOW_PRIORITY WRITE"); return;
  }
}

}  // namespace

void write(Printer& printer, const Set& set) {
  printer.text("SET ");
  bool first = true;
  for (const SetItem& item : set.items) {
    printer.text(std::exchange(first, false) ? "" : ",");
    std::visit([&printer](const auto& node) { write_item(printer, node); }, item);
  }
}

void write(Printer& printer, const StartTransaction& start) {
  const bool access = start.access != AccessMode::unsaid;
  printer.text("START TRANSACTION");
  printer.text_if(start.consistent_snapshot, " WITH CONSISTENT SNAPSHOT");
  printer.text_if(start.consistent_snapshot && access, ",").text_if(access, " ");
  printer.text(text_of(start.access));
}

void write(Printer& printer, const EndTransaction& end) {
  printer.text(end.commit ? "COMMIT" : "ROLLBACK");
  if (end.chain) printer.text(*end.chain ? " AND CHAIN" : " AND NO CHAIN");
  if (end.release) printer.text(*end.release ? " RELEASE" : " NO RELEASE");
}

void write(Printer& printer, const Savepoint& savepoint) {
  switch (savepoint.kind) {
    case Savepoint::Kind::set: printer.text("SAVEPOINT "); break;
    case Savepoint::Kind::rollback: printer.text("ROLLBACK TO SAVEPOINT "); break;
    case Savepoint::Kind::release: printer.text("RELEASE SAVEPOINT "); break;
  }
  printer.name(savepoint.name);
}

void write(Printer& printer, const Prepare& prepare) {
  printer.text("PREPARE ").name(prepare.name).text(" FROM ");
  write(printer, prepare.source);
}

void write(Printer& printer, const Execute& execute) {
  printer.text("EXECUTE ").name(execute.name);
  bool first = true;
  for (const Name variable : execute.variables) {
    printer.text(std::exchange(first, false) ? " USING @" : ",@").string(variable);
  }
}

void write(Printer& printer, const Deallocate& deallocate) {
  printer.text("DEALLOCATE PREPARE ").name(deallocate.name);
}

void write(Printer& printer, const LockTables& lock) {
  printer.text("LOCK TABLES ");
  bool first = true;
  for (const TableLock& table : lock.locks) {
    printer.text(std::exchange(first, false) ? "" : ",");
    write_lock(printer, table);
  }
}

void write(Printer& printer, const UnlockTables& /*unlock*/) { printer.text("UNLOCK TABLES"); }

void write(Printer& printer, const Use& use) { printer.text("USE ").name(use.database); }

void write(Printer& printer, const Do& node) { printer.text("DO ").list(node.exprs); }

}  // namespace octavo::sql
