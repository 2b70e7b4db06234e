#include <gtest/gtest.h>

#include "dialect/sql/state/session_state.h"

namespace octavo::sql {
namespace {

using value::Value;

class SessionStateTest : public testing::Test {
 protected:
  // What setting a variable comes to: its value as SHOW VARIABLES has it, or the number of the
  // error.
  std::string set(std::string_view name, const Value& value, bool strict = false) {
    const VariableRow* row = find_variable(name);
    if (row == nullptr) return "1193";
    auto checked = checked_value(*row, {.value = value, .strict = strict}, state_.notes());
    if (!checked) return std::to_string(checked.error().number);
    state_.put(*row, *std::move(checked));
    return shown_text(*row, state_.get(*row));
  }
  std::string shown(std::string_view name) {
    const VariableRow& row = *find_variable(name);
    return shown_text(row, state_.get(row));
  }

  GlobalVariables globals_;
  SessionState state_{globals_};
};

TEST_F(SessionStateTest, NamesOfVariablesHaveNoCase) {
  EXPECT_EQ(find_variable("SQL_Mode"), find_variable("sql_mode"));
  EXPECT_EQ(find_variable("tx_isolation"), nullptr);
  EXPECT_EQ(find_variable("query_cache_size"), nullptr);
}

TEST_F(SessionStateTest, BooleansAreWordsAndNumbers) {
  EXPECT_EQ(set("autocommit", Value::string("off")), "OFF");
  EXPECT_FALSE(state_.settings().autocommit);
  EXPECT_EQ(set("autocommit", Value::int64(1)), "ON");
  EXPECT_TRUE(state_.settings().autocommit);
  EXPECT_EQ(set("autocommit", Value::int64(2)), "1231");
  EXPECT_EQ(set("autocommit", Value::string("maybe")), "1231");
  EXPECT_EQ(set("autocommit", Value::null()), "1231");
  EXPECT_EQ(set("autocommit", Value::float64(1)), "1232");
}

TEST_F(SessionStateTest, NumbersOutOfBoundsBecomeTheNearest) {
  EXPECT_EQ(set("div_precision_increment", Value::int64(40)), "30");
  ASSERT_EQ(state_.notes().count(), 1U);
  EXPECT_EQ(state_.notes().kept()[0].number, 1292);
  EXPECT_EQ(state_.notes().kept()[0].text,
            "Truncated incorrect div_precision_increment value: '40'");
  EXPECT_EQ(set("wait_timeout", Value::int64(-1)), "1");
  EXPECT_EQ(set("wait_timeout", Value::int64(0), true), "1231");
  EXPECT_EQ(set("wait_timeout", Value::string("10")), "1232");
}

TEST_F(SessionStateTest, ModesAreAList) {
  EXPECT_EQ(set("sql_mode", Value::string(" strict_all_tables ,ANSI_QUOTES,")),
            "ANSI_QUOTES,STRICT_ALL_TABLES");
  EXPECT_EQ(state_.settings().text_modes, mode::kAnsiQuotes);
  EXPECT_EQ(set("sql_mode", Value::string("NO_SUCH_MODE")), "1231");
  EXPECT_EQ(set("sql_mode", Value::string("")), "");
  EXPECT_EQ(set("sql_mode", Value::string("TRADITIONAL")),
            "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
            "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION");
}

TEST_F(SessionStateTest, ZonesAreOffsets) {
  EXPECT_EQ(shown("time_zone"), "SYSTEM");
  EXPECT_EQ(state_.settings().time_zone, "+00:00");
  EXPECT_EQ(set("time_zone", Value::string("+5:30")), "+05:30");
  EXPECT_EQ(state_.settings().time_zone, "+05:30");
  EXPECT_EQ(set("time_zone", Value::string("-13:59")), "-13:59");
  EXPECT_EQ(set("time_zone", Value::string("+14:01")), "1298");
  EXPECT_EQ(set("time_zone", Value::string("Mars/Olympus")), "1298");
}

TEST_F(SessionStateTest, ACharacterSetAndItsCollationAreOneSetting) {
  EXPECT_EQ(set("character_set_connection", Value::string("latin1")), "latin1");
  EXPECT_EQ(shown("collation_connection"), "latin1_swedish_ci");
  EXPECT_EQ(set("collation_connection", Value::string("utf8mb4_bin")), "utf8mb4_bin");
  EXPECT_EQ(shown("character_set_connection"), "utf8mb4");
  EXPECT_EQ(set("character_set_client", Value::string("klingon")), "1115");
  EXPECT_EQ(set("collation_connection", Value::string("klingon_ci")), "1273");
  EXPECT_EQ(set("character_set_results", Value::null()), "");
  EXPECT_EQ(state_.settings().results, nullptr);
}

TEST_F(SessionStateTest, WhatWouldBeMissedCannotBeSet) {
  EXPECT_EQ(set("sql_safe_updates", Value::int64(0)), "OFF");
  EXPECT_EQ(set("sql_safe_updates", Value::int64(1)), "1231");
  EXPECT_EQ(set("auto_increment_increment", Value::int64(2)), "1231");
}

TEST_F(SessionStateTest, SessionsBeginWithTheGlobalValues) {
  globals_.put("max_error_count", Value::int64(2));
  state_.reset();
  for (int i = 0; i < 3; ++i) state_.notes().add(function::NoteLevel::warning, 1, "x");
  EXPECT_EQ(state_.notes().kept().size(), 2U);
  EXPECT_EQ(shown("warning_count"), "3");
}

TEST_F(SessionStateTest, NotesOfTheLowestLevelCanBeSwitchedOff) {
  set("sql_notes", Value::int64(0));
  state_.notes().add(function::NoteLevel::note, 1051, "gone");
  state_.notes().add(function::NoteLevel::warning, 1292, "cut");
  state_.end_notes();
  ASSERT_EQ(state_.notes().count(), 1U);
  EXPECT_EQ(state_.notes().kept()[0].number, 1292);
}

TEST_F(SessionStateTest, UserVariablesHaveNoCase) {
  state_.set_user_variable("Total", {Value::int64(3), big_integer()});
  ASSERT_NE(state_.find_user_variable("tOTAL"), nullptr);
  state_.reset();
  EXPECT_EQ(state_.find_user_variable("total"), nullptr);
}

TEST_F(SessionStateTest, TheTimeCanBeFixed) {
  state_.set_now(5'000'000'000);
  EXPECT_EQ(state_.facts().now_ns, 5'000'000'000);
  set("timestamp", Value::float64(1.5));
  state_.set_now(6'000'000'000);
  EXPECT_EQ(state_.facts().now_ns, 1'500'000'000);
  set("timestamp", Value::float64(0));
  state_.set_now(6'000'000'000);
  EXPECT_EQ(state_.facts().now_ns, 6'000'000'000);
}

TEST(TransactionTest, LevelsHaveTheirTexts) {
  for (const std::string_view text :
       {"READ-UNCOMMITTED", "READ-COMMITTED", "REPEATABLE-READ", "SERIALIZABLE"}) {
    EXPECT_EQ(isolation_text(isolation_of_text(text)), text);
  }
}

// "state | statements", each only where it is told.
std::string told(TransactionTracker& tracker, const Transaction& transaction,
                 const NextCharacteristics& next = {},
                 TransactionTracker::Wanted wanted = TransactionTracker::Wanted::characteristics) {
  const auto news = tracker.take(wanted, transaction, next);
  return news.state.value_or("") + "|" + news.characteristics.value_or("");
}

TEST(TransactionTrackerTest, TellsWhatHasChanged) {
  TransactionTracker tracker;
  Transaction transaction;
  EXPECT_EQ(told(tracker, transaction, {}, TransactionTracker::Wanted::nothing), "|");
  EXPECT_EQ(told(tracker, transaction, {}, TransactionTracker::Wanted::state), "________|");
  EXPECT_EQ(told(tracker, transaction), "|");
  const NextCharacteristics next{.isolation = IsolationLevel::serializable, .read_only = true};
  EXPECT_EQ(told(tracker, transaction, next),
            "|SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SET TRANSACTION READ ONLY;");
  transaction = {.open = true,
                 .is_explicit = true,
                 .with_snapshot = true,
                 .named = true,
                 .access = true,
                 .is = {.isolation = IsolationLevel::serializable, .read_only = true}};
  EXPECT_EQ(told(tracker, transaction),
            "T_R_____|SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; START TRANSACTION WITH "
            "CONSISTENT SNAPSHOT, READ ONLY;");
  EXPECT_EQ(told(tracker, transaction), "|");
  transaction.has_answered = true;
  transaction.has_written = true;
  EXPECT_EQ(told(tracker, transaction), "T_R_W_S_|");
  EXPECT_EQ(told(tracker, Transaction{}), "________|");
  EXPECT_EQ(told(tracker, Transaction{.open = true, .has_read = true}), "I_R_____|");
}

TEST_F(SessionStateTest, TransactionsAreAsTheVariablesSay) {
  EXPECT_EQ(state_.settings().transactions.isolation, IsolationLevel::repeatable_read);
  set("transaction_isolation", Value::string("READ-COMMITTED"));
  set("transaction_read_only", Value::int64(1));
  set("innodb_lock_wait_timeout", Value::int64(3));
  EXPECT_EQ(state_.settings().transactions.isolation, IsolationLevel::read_committed);
  EXPECT_TRUE(state_.settings().transactions.read_only);
  EXPECT_EQ(state_.settings().row_lock_time, std::chrono::seconds(3));
  const NextCharacteristics next{.isolation = IsolationLevel::serializable};
  const Characteristics both = next.over(state_.settings().transactions);
  EXPECT_EQ(both.isolation, IsolationLevel::serializable);
  EXPECT_TRUE(both.read_only);
}

}  // namespace
}  // namespace octavo::sql
