#pragma once

// All statements. A new one is an alternative here, its node in the header of what it is about, a
// row in parser/statements.cc and a print function.

#include "dialect/sql/ast/admin.h"
#include "dialect/sql/ast/define.h"
#include "dialect/sql/ast/session.h"
#include "dialect/sql/ast/show.h"
#include "dialect/sql/ast/write.h"

namespace octavo::sql {

// SUBSCRIBE [AFTER 'cursor'] query: the result, and then its changes.
struct Subscribe {
  std::string_view after;  // where an earlier one left off; empty: from the start
  Ref<Query> query;

  friend bool operator==(const Subscribe&, const Subscribe&) = default;
};

// A statement that the dialect has and this server does not run, stored programs above all. What
// follows its first words is not looked at.
struct Unsupported {
  std::string_view feature;  // as messages name it: «TRIGGER»
  std::string_view text;  // from its first word to the end of all, in the modes it was written in

  friend bool operator==(const Unsupported&, const Unsupported&) = default;
};

// Comments alone.
struct Nothing {
  friend bool operator==(const Nothing&, const Nothing&) = default;
};

struct Statement {
  Place place;
  std::variant<Nothing, Ref<Query>, Ref<Insert>, Ref<Update>, Ref<Delete>, Ref<LoadData>,
               Ref<CreateTable>, Ref<AlterTable>, Ref<CreateIndex>, Ref<DropIndex>, Ref<CreateView>,
               Ref<CreateDatabase>, Ref<DropDatabase>, Ref<DropTables>, Ref<TruncateTable>,
               Ref<RenameTables>, Ref<DropProgram>, Ref<Set>, Ref<StartTransaction>,
               Ref<EndTransaction>, Ref<Savepoint>, Ref<Prepare>, Ref<Execute>, Ref<Deallocate>,
               Ref<LockTables>, UnlockTables, Ref<Use>, Ref<Do>, Ref<Show>, Ref<Describe>,
               Ref<Explain>, Ref<CreateUser>, Ref<DropUser>, Ref<CreateRole>, Ref<RenameUser>,
               Ref<Grant>, Ref<SetDefaultRole>, Ref<CareForTables>, Ref<Flush>, Ref<Kill>,
               Ref<Subscribe>, Ref<Unsupported>>
      node;

  friend bool operator==(const Statement&, const Statement&) = default;
};

}  // namespace octavo::sql
