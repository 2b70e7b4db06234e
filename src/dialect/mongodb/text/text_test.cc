#include <gtest/gtest.h>

#include "dialect/mongodb/testing/ejson.h"
#include "dialect/mongodb/text/search.h"

namespace octavo::mongodb {
namespace {

using value::Value;

Value json(std::string_view text) {
  auto value = testing::read_ejson(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : Value();
}

TextSearch search(std::string_view operand, std::string_view index = R"({"weights": {"a": 1}})") {
  const auto parsed = parse_text_search(json(operand), json(index));
  EXPECT_TRUE(parsed) << operand;
  const auto made = parsed ? text_search_of(*parsed) : Result<TextSearch>(TextSearch());
  EXPECT_TRUE(made) << operand;
  return made ? *made : TextSearch();
}

std::uint32_t code_of(std::string_view operand) {
  const auto parsed = parse_text_search(json(operand), json(R"({"weights": {"a": 1}})"));
  return parsed ? 0 : parsed.error().number;
}

TEST(Text, TermsPhrasesAndWhatIsNotWanted) {
  const TextSearch made = search(R"({"$search": "the running \"Brown fox\" -dogs -\"red cat\""})");
  EXPECT_EQ(made.terms, (std::vector<std::string>{"brown", "fox", "run"}));
  EXPECT_EQ(made.negated, (std::vector<std::string>{"dog"}));
  EXPECT_EQ(made.phrases, (std::vector<std::string>{"Brown fox"}));
  EXPECT_EQ(made.negated_phrases, (std::vector<std::string>{"red cat"}));
  EXPECT_TRUE(made.matches(json(R"({"a": "a quick brown fox runs"})")));
  EXPECT_FALSE(made.matches(json(R"({"a": "a brown quick fox"})")));
  EXPECT_FALSE(made.matches(json(R"({"a": "brown fox and a dog"})")));
  EXPECT_FALSE(made.matches(json(R"({"a": "brown fox and a red cat"})")));
}

TEST(Text, ADashWithinAWordIsNoNegation) {
  const TextSearch made = search(R"({"$search": "well-known"})");
  EXPECT_EQ(made.terms, (std::vector<std::string>{"known", "well"}));
  EXPECT_TRUE(made.negated.empty());
}

TEST(Text, CaseAndMarksAreToldApartWhereWanted) {
  const Value plain = json(R"({"a": "Cafe"})");
  const Value marked = json(R"({"a": "caf\u00e9"})");
  EXPECT_TRUE(search(R"({"$search": "CAFÉ"})").matches(plain));
  EXPECT_TRUE(search(R"({"$search": "cafe"})").matches(marked));
  const TextSearch marks = search(R"({"$search": "café", "$diacriticSensitive": true})");
  EXPECT_TRUE(marks.matches(marked));
  EXPECT_FALSE(marks.matches(plain));
  const TextSearch letters = search(R"({"$search": "Cafe", "$caseSensitive": true})");
  EXPECT_TRUE(letters.matches(plain));
  EXPECT_FALSE(letters.matches(marked));
}

// The numbers of MongoDB's manual, "$text": apple, coffee.
TEST(Text, ScoresCountUsesSharesAndWeights) {
  const TextSearch made = search(R"({"$search": "coffee"})");
  EXPECT_DOUBLE_EQ(made.score(json(R"({"a": "coffee"})")), 1.0);
  EXPECT_DOUBLE_EQ(made.score(json(R"({"a": "coffee shopping"})")), 0.75);
  EXPECT_DOUBLE_EQ(made.score(json(R"({"a": "coffee and coffee"})")), 1.5);
  const TextSearch weighted =
      search(R"({"$search": "coffee"})", R"({"weights": {"b.c": 10, "$**": 1}})");
  EXPECT_DOUBLE_EQ(weighted.score(json(R"({"b": [{"c": "coffee cake"}], "x": "coffee cup"})")),
                   8.25);
}

TEST(Text, LanguagesHaveStemsAndDocumentsTheirs) {
  const TextSearch none = search(R"({"$search": "the running", "$language": "none"})");
  EXPECT_EQ(none.terms, (std::vector<std::string>{"running", "the"}));
  const TextSearch spanish = search(R"({"$search": "corriendo", "$language": "es"})");
  EXPECT_TRUE(spanish.matches(json(R"({"a": "correr", "language": "spanish"})")));
  EXPECT_EQ(code_of(R"({"$search": "x", "$language": "klingon"})"), 2U);
  EXPECT_EQ(code_of(R"({})"), 4U);
  EXPECT_EQ(code_of(R"({"$search": "x", "$other": 1})"), 2U);
  EXPECT_EQ(code_of(R"({"$search": 5})"), 14U);
}

TEST(Text, OptionsOfAnIndexAreCompleted) {
  const auto options = complete_text_options(
      json(R"({"key": {"x": 1, "a": "text", "b": "text"}, "weights": {"a": 5}})"));
  ASSERT_TRUE(options);
  EXPECT_EQ(options->weights, json(R"({"a": 5, "b": 1})"));
  EXPECT_EQ(options->key, json(R"({"x": 1, "_fts": "text", "_ftsx": 1})"));
  EXPECT_EQ(options->language, "english");
  EXPECT_EQ(options->override_name, "language");
  for (const std::string_view wrong :
       {R"({"key": {"a": "text", "x": 1, "b": "text"}})",
        R"({"key": {"a": "text", "l": "2dsphere"}})",
        R"({"key": {"a": "text"}, "weights": {"a": 0}})",
        R"({"key": {"a": "text"}, "default_language": "klingon"})"}) {
    const auto refused = complete_text_options(json(wrong));
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().number, 67U);
  }
}

}  // namespace
}  // namespace octavo::mongodb
