#include "dialect/mongodb/text/search.h"

#include <algorithm>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Type;
using value::Value;

using Texts = std::vector<std::string>;

constexpr std::string_view kSearch = "$search", kLanguage = "$language",
                           kCaseSensitive = "$caseSensitive",
                           kDiacriticSensitive = "$diacriticSensitive";

Value array_of(const Texts& texts) {
  std::vector<Value> elements;
  for (const std::string& text : texts) elements.push_back(Value::string(text));
  return Value::array(std::move(elements));
}

void settle(Texts& texts) {
  std::ranges::sort(texts);
  const auto repeats = std::ranges::unique(texts);
  texts.erase(repeats.begin(), repeats.end());
}

// The words, phrases in quotation marks and what has a dash before it of a text that is searched
// for.
class SearchReader {
 public:
  explicit SearchReader(TextSearch& search) : search_(search) {}

  void read(std::string_view text) {
    while (!text.empty()) {
      const bool after_space = at_start_;
      const char first = text.front();
      if (first == '"') {
        text = read_phrase(text.substr(1), std::exchange(negated_, false));
        continue;
      }
      at_start_ = is_space(first);
      if (first == '-' && after_space) {
        negated_ = true;
        text.remove_prefix(1);
        continue;
      }
      if (is_space(first)) {
        negated_ = false;
        text.remove_prefix(1);
        continue;
      }
      const std::size_t end = std::min(text.find_first_of(" \t\r\n\f\v\""), text.size());
      if (negated_) {
        add_words(text.substr(0, end), search_.sensitivity, search_.negated);
      } else {
        add_wanted(text.substr(0, end));
      }
      negated_ = false;
      text.remove_prefix(end);
    }
    for (Texts* const texts : {&search_.terms, &search_.indexed, &search_.negated}) {
      settle(*texts);
    }
  }

 private:
  static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

  // What is behind it; without a mark at its end it goes to the end of the text.
  std::string_view read_phrase(std::string_view text, bool negated) {
    const std::size_t end = std::min(text.find('"'), text.size());
    const std::string_view phrase = text.substr(0, end);
    if (!phrase.empty()) {
      (negated ? search_.negated_phrases : search_.phrases).emplace_back(phrase);
      if (!negated) add_wanted(phrase);
    }
    at_start_ = true;
    return text.substr(std::min(end + 1, text.size()));
  }

  void add_wanted(std::string_view text) {
    add_words(text, search_.sensitivity, search_.terms);
    add_words(text, {}, search_.indexed);
  }

  void add_words(std::string_view text, const Sensitivity& sensitivity, Texts& terms) {
    each_word(*search_.language, text, [&](std::string_view word) {
      std::string term = term_of(*search_.language, word, sensitivity);
      if (!term.empty()) terms.push_back(std::move(term));
      return true;
    });
  }

  TextSearch& search_;
  bool at_start_ = true;  // of the text, or behind white space
  bool negated_ = false;
};

Result<bool> flag_of(const Value& operand, std::string_view name) {
  const Value* const flag = operand.find(name);
  if (flag == nullptr) return false;
  if (flag->type() == Type::boolean) return flag->as_boolean();
  return error(ErrorCode::type_mismatch, "\"{}\" had the wrong type. Expected bool, found {}", name,
               print(*flag));
}

Result<std::string_view> text_of_field(const Value& operand, std::string_view name) {
  const Value* const text = operand.find(name);
  if (text == nullptr) return std::string_view();
  if (text->is_string()) return text->as_string();
  return error(ErrorCode::type_mismatch, "\"{}\" had the wrong type. Expected string, found {}",
               name, print(*text));
}

std::optional<Texts> texts_of(const Value& operand, std::string_view name) {
  const Value* const array = operand.find(name);
  if (array == nullptr || !array->is_array()) return std::nullopt;
  Texts texts;
  for (const Value& element : array->as_array()) {
    if (!element.is_string()) return std::nullopt;
    texts.emplace_back(element.as_string());
  }
  return texts;
}

constexpr std::string_view kIndex = "index", kTerms = "terms", kIndexed = "indexed",
                           kNegated = "negatedTerms", kPhrases = "phrases",
                           kNegatedPhrases = "negatedPhrases", kOfLanguage = "language",
                           kCase = "caseSensitive", kMarks = "diacriticSensitive";

// Whether a document has one of the terms, as the search tells them apart.
bool has_term(const TextSearch& search, const Value& document, const Texts& terms) {
  if (terms.empty()) return false;
  bool found = false;
  each_text(search.spec, document, [&](const TextPart& part) {
    each_word(*part.language, part.text, [&](std::string_view word) {
      found = std::ranges::binary_search(terms, term_of(*part.language, word, search.sensitivity));
      return !found;
    });
    return !found;
  });
  return found;
}

bool has_phrase(const TextSearch& search, const Value& document, const std::string& phrase) {
  const std::string wanted = folded(phrase, search.sensitivity);
  bool found = false;
  each_text(search.spec, document, [&](const TextPart& part) {
    found = folded(part.text, search.sensitivity).find(wanted) != std::string::npos;
    return !found;
  });
  return found;
}

}  // namespace

bool TextSearch::matches(const Value& document) const {
  const auto has = [&](const std::string& phrase) { return has_phrase(*this, document, phrase); };
  return has_term(*this, document, terms) && std::ranges::all_of(phrases, has) &&
         !has_term(*this, document, negated) && std::ranges::none_of(negated_phrases, has);
}

double TextSearch::score(const Value& document) const {
  const TermScores scores = term_scores(spec, document);
  double total = 0.0;
  for (const std::string& term : indexed) {
    const auto there = scores.find(term);
    if (there != scores.end()) total += there->second;
  }
  return total;
}

Result<Value> parse_text_search(const Value& operand, const Value& index) {
  if (!operand.is_object()) return error(ErrorCode::bad_value, "$text expects an object");
  for (const Field& field : operand.as_object()) {
    constexpr std::string_view kKnown[] = {kSearch, kLanguage, kCaseSensitive, kDiacriticSensitive};
    if (std::ranges::find(kKnown, field.name) != std::end(kKnown)) continue;
    return error(ErrorCode::bad_value, "extra fields in $text: {}", field.name);
  }
  if (operand.find(kSearch) == nullptr) {
    return error(ErrorCode::no_such_key, "Missing expected field \"$search\"");
  }
  TextSearch search;
  TRY(const std::string_view text, text_of_field(operand, kSearch));
  TRY(const std::string_view language, text_of_field(operand, kLanguage));
  TRY(search.sensitivity.letter_case, flag_of(operand, kCaseSensitive));
  TRY(search.sensitivity.diacritics, flag_of(operand, kDiacriticSensitive));
  TRY(search.spec, text_spec_of(index));
  search.language = language.empty() ? search.spec.language : find_text_language(language);
  if (search.language == nullptr) {
    return error(ErrorCode::bad_value, "unsupported language: \"{}\" for text index version 3",
                 language);
  }
  SearchReader(search).read(text);
  return Value::object({{std::string(kIndex), index},
                        {std::string(kOfLanguage), Value::string(search.language->name)},
                        {std::string(kCase), Value::boolean(search.sensitivity.letter_case)},
                        {std::string(kMarks), Value::boolean(search.sensitivity.diacritics)},
                        {std::string(kTerms), array_of(search.terms)},
                        {std::string(kIndexed), array_of(search.indexed)},
                        {std::string(kNegated), array_of(search.negated)},
                        {std::string(kPhrases), array_of(search.phrases)},
                        {std::string(kNegatedPhrases), array_of(search.negated_phrases)}});
}

Result<TextSearch> text_search_of(const Value& operand) {
  const Value* const index = operand.find(kIndex);
  const Value* const language = operand.find(kOfLanguage);
  const Value* const letter_case = operand.find(kCase);
  const Value* const marks = operand.find(kMarks);
  auto terms = texts_of(operand, kTerms);
  auto indexed = texts_of(operand, kIndexed);
  auto negated = texts_of(operand, kNegated);
  auto phrases = texts_of(operand, kPhrases);
  auto negated_phrases = texts_of(operand, kNegatedPhrases);
  const bool complete = index != nullptr && language != nullptr && language->is_string() &&
                        letter_case != nullptr && letter_case->type() == Type::boolean &&
                        marks != nullptr && marks->type() == Type::boolean && terms && indexed &&
                        negated && phrases && negated_phrases;
  const Language* const known = complete ? find_text_language(language->as_string()) : nullptr;
  if (known == nullptr) return fail(Code::type_mismatch, "a search of text is of another form");
  TextSearch search{.spec = {},
                    .language = known,
                    .sensitivity = {letter_case->as_boolean(), marks->as_boolean()},
                    .terms = *std::move(terms),
                    .indexed = *std::move(indexed),
                    .negated = *std::move(negated),
                    .phrases = *std::move(phrases),
                    .negated_phrases = *std::move(negated_phrases)};
  TRY(search.spec, text_spec_of(*index));
  return search;
}

Value shown_search(const TextSearch& search) {
  return Value::object({{"terms", array_of(search.terms)},
                        {"negatedTerms", array_of(search.negated)},
                        {"phrases", array_of(search.phrases)},
                        {"negatedPhrases", array_of(search.negated_phrases)}});
}

}  // namespace octavo::mongodb
