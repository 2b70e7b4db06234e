#pragma once

// What runs the statements (statement_rows.cc), by what they are about. Nodes are the tree's, which
// outlives the call.

#include "dialect/sql/ast/statement.h"
#include "protocol/mysql/language/execution.h"

namespace octavo::mysql {

struct BoundDefinition;  // definer.h

using Answered = io::Task<Result<Answer>>;
using Described = io::Task<Result<std::vector<Column>>>;

// What a statement answers that has no rows and changed none.
inline Answer done(sql::SessionState& state) {
  state.row_count = 0;
  Answer answer;
  answer.what = Done();
  return answer;
}

// run_query.cc
Answered run_query(Execution& execution, const sql::Query& query);
Described columns_of_query(Execution& execution, const sql::Query& query);
Answered run_do(Execution& execution, const sql::Do& statement);

// run_write.cc
Answered run_insert(Execution& execution, const sql::Insert& insert);
Answered run_update(Execution& execution, const sql::Update& update);
Answered run_delete(Execution& execution, const sql::Delete& statement);

// run_lock_tables.cc
Answered run_lock_tables(Execution& execution, const sql::LockTables& statement);
Answered run_unlock_tables(Execution& execution, const sql::Statement& statement);
// run_load.cc
Answered run_load(Execution& execution, const sql::LoadData& load);

// run_define.cc
Answered run_definition(Execution& execution, const sql::Statement& statement);
// The same, with what was bound of it.
Answered run_definition_of(Execution& execution, const sql::Statement& statement,
                           BoundDefinition bound);

// run_create_table.cc
Answered run_create_table(Execution& execution, const sql::Statement& statement);

// run_view.cc
Answered run_create_view(Execution& execution, const sql::Statement& statement);

// run_subscribe.cc
Answered run_subscribe(Execution& execution, const sql::Subscribe& statement);
Described columns_of_subscribe(Execution& execution, const sql::Subscribe& statement);

// run_set.cc
Answered run_set(Execution& execution, const sql::Set& set);

// run_session.cc
Answered run_begin(Execution& execution, const sql::StartTransaction& statement);
Answered run_end(Execution& execution, const sql::EndTransaction& statement);
Answered run_savepoint(Execution& execution, const sql::Savepoint& statement);
Answered run_use(Execution& execution, const sql::Use& statement);
Answered run_kill(Execution& execution, const sql::Kill& statement);
Answered run_prepare(Execution& execution, const sql::Prepare& statement);
Answered run_execute(Execution& execution, const sql::Execute& statement);
Answered run_deallocate(Execution& execution, const sql::Deallocate& statement);
Answered run_flush(Execution& execution, const sql::Flush& statement);

// run_show.cc
Answered run_show(Execution& execution, const sql::Show& show);
Described columns_of_show(Execution& execution, const sql::Show& show);
Answered run_describe(Execution& execution, const sql::Describe& statement);
Described columns_of_describe(Execution& execution, const sql::Describe& statement);

// run_care.cc
Answered run_care(Execution& execution, const sql::CareForTables& statement);

// run_explain.cc
Answered run_explain(Execution& execution, const sql::Explain& explain);

}  // namespace octavo::mysql
