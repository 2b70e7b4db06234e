// What trees hold beside what their canonical text shows, and the limits of texts.

#include "dialect/sql/parser/parse.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace octavo::sql {
namespace {

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

std::string outcome(std::string_view text, const ParseOptions& options = {}) {
  const auto tree = parse(text, options);
  if (tree) return "ok";
  const std::string message = complaint_of(tree.error(), text).message;
  return message.substr(0, message.find(" near '"));
}

const Select& select_of(const Tree& tree) {
  const auto& query = std::get<Ref<Query>>(tree.statement().node);
  return *std::get<Ref<Select>>(query->body);
}

TEST(SqlParse, NamesOfColumns) {
  const auto tree = parse(
      "select 1  +   1, t.Col, 'a' 'b', _utf8mb4'c', (1), count( * ), -x, NULL, 'd' as e", {});
  ASSERT_TRUE(tree);
  std::vector<std::string_view> names;
  for (const SelectItem& item : select_of(*tree).items) names.push_back(item.written.text);
  EXPECT_EQ(names, (std::vector<std::string_view>{"1  +   1", "Col", "a", "c", "(1)", "count( * )",
                                                  "-x", "NULL", "d"}));
}

TEST(SqlParse, Places) {
  const std::string_view text = "select a from t where b = 1";
  const auto tree = parse(text, {});
  ASSERT_TRUE(tree);
  const Place where = select_of(*tree).where->place;
  EXPECT_EQ(text.substr(where.begin, where.end - where.begin), "b = 1");
  EXPECT_EQ(tree->statement().place.end, text.size());
}

TEST(SqlParse, ParametersAreCounted) {
  const auto tree = parse("select ?, (select ? limit ?)", {});
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->parameters(), 3U);
}

TEST(SqlParse, SeveralStatements) {
  const std::string_view text = "select 1 ; \n select 2";
  const auto first = parse(text, {.several_statements = true});
  ASSERT_TRUE(first);
  EXPECT_EQ(text.substr(first->text_bytes()), "select 2");
  const auto second = parse(text.substr(first->text_bytes()), {.several_statements = true});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->text_bytes(), 8U);
  EXPECT_EQ(outcome("select 1;"), "ok");
  EXPECT_EQ(complaint_of(parse(text, {}).error(), text).message,
            "You have an error in your SQL syntax; check the manual that corresponds to your MySQL "
            "server version for the right syntax to use near 'select 2' at line 2");
}

TEST(SqlParse, NothingIsAnErrorAndAComment) {
  EXPECT_EQ(outcome(""), "Query was empty");
  EXPECT_EQ(outcome(" \n ;"), "Query was empty");
  EXPECT_EQ(outcome("-- a"), "ok");
  EXPECT_EQ(outcome("/* a */ ;"), "ok");
}

TEST(SqlParse, LongChainsAreNotDeep) {
  const std::size_t times = 100'000;
  EXPECT_EQ(outcome("select 1" + repeated(" and a", times)), "ok");
  EXPECT_EQ(outcome("select 1" + repeated(" or a = 1", times)), "ok");
  EXPECT_EQ(outcome("select 1" + repeated(" union all select 1", times)), "ok");
  EXPECT_EQ(outcome("select 1" + repeated(", 1", times)), "ok");
  EXPECT_EQ(outcome("select 1 in (1" + repeated(", 1", times) + ")"), "ok");
  EXPECT_EQ(outcome("select 'a'" + repeated(" 'a'", times)), "ok");
  EXPECT_EQ(outcome("select 1 || 2" + repeated(" || 3", times), {.modes = mode::kPipesAsConcat}),
            "ok");
}

TEST(SqlParse, RowsTakeLittleMemory) {
  const std::size_t rows = 100'000;
  const std::string text = "insert into t values (1, 'x')" + repeated(",(2, 'abc')", rows);
  const auto tree = parse(text, {});
  ASSERT_TRUE(tree);
  // Two literals and their list, and the text itself.
  const std::size_t row = 2 * sizeof(Expr) + sizeof(RowOf);
  EXPECT_LT(tree->memory_bytes(), text.size() + rows * row + 2 * kMiB);
}

TEST(SqlParse, TheAccountIsChargedAsLongAsTheTreeLives) {
  MemoryPool pool("memory", 4 * kMiB);
  {
    value::Account account(pool, 4 * kMiB);
    const std::string text = "select 1" + repeated(", 1", 10'000);
    {
      const auto tree = parse(text, {.account = &account});
      ASSERT_TRUE(tree);
      EXPECT_GE(account.used(), tree->memory_bytes());
    }
    EXPECT_EQ(account.used(), 0U);
    const std::string large = "select 1" + repeated(", 1", 1'000'000);
    const auto refused = parse(large, {.account = &account});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, FaultKind::no_memory);
    EXPECT_EQ(account.used(), 0U);
  }
  EXPECT_EQ(pool.used(), 0U);
}

TEST(SqlParse, NearIsCutByCharacters) {
  const std::string text = "frob " + repeated("ö", 200);
  const std::string message = complaint_of(parse(text, {}).error(), text).message;
  EXPECT_TRUE(message.ends_with("near 'frob " + repeated("ö", 75) + "' at line 1")) << message;
}

}  // namespace
}  // namespace octavo::sql
