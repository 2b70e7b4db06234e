#include "dialect/mongodb/text/spec.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/text/words.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Value;

constexpr std::string_view kAll = "$**", kText = "text", kWeights = "weights",
                           kDefaultLanguage = "default_language", kOverride = "language_override";
constexpr std::string_view kEnglishName = "english", kOverrideName = "language";
constexpr double kMostWeight = 99'999.0;

std::string text_option(const Value& given, std::string_view name, std::string_view otherwise) {
  const Value* const option = given.find(name);
  return std::string(option != nullptr && option->is_string() ? option->as_string() : otherwise);
}

bool is_below(std::string_view path, std::string_view start) {
  return path.size() > start.size() && path.starts_with(start) && path[start.size()] == '.';
}

class Walker {
 public:
  Walker(const TextSpec& spec, const std::function<bool(const TextPart&)>& take)
      : spec_(spec), take_(take) {}

  void walk(const Value& document, const std::string& prefix, const Language* language) {
    const Value* const given = document.find(spec_.override_name);
    if (given != nullptr && given->is_string()) {
      const Language* const own = find_text_language(given->as_string());
      if (own != nullptr) language = own;
    }
    for (const Field& field : document.as_object()) {
      if (done_) return;
      const std::string path = prefix.empty() ? field.name : prefix + "." + field.name;
      if (is_wanted(path)) take_value(field.value, path, language);
    }
  }

 private:
  bool is_wanted(std::string_view path) const {
    if (spec_.of_others != 0.0) return true;
    return std::ranges::any_of(spec_.weights, [&](const auto& weight) {
      return weight.first == path || is_below(weight.first, path);
    });
  }

  void take_value(const Value& value, const std::string& path, const Language* language) {
    if (value.is_string()) {
      const auto weight = spec_.weights.find(path);
      const double counted = weight == spec_.weights.end() ? spec_.of_others : weight->second;
      if (counted != 0.0) done_ = !take_({value.as_string(), counted, language});
    } else if (value.is_object()) {
      walk(value, path, language);
    } else if (value.is_array()) {
      for (const Value& element : value.as_array()) {
        if (done_) return;
        if (!element.is_array()) take_value(element, path, language);
      }
    }
  }

  const TextSpec& spec_;
  const std::function<bool(const TextPart&)>& take_;
  bool done_ = false;
};

std::unexpected<Error> refused(std::string_view why) {
  return error(ErrorCode::cannot_create_index, "{}", why);
}

// Which fields are text, all next to each other.
Status check_key(const Value& key) {
  int groups = 0;
  bool within = false;
  for (const Field& field : key.as_object()) {
    const bool is_text = field.value.is_string() && field.value.as_string() == kText;
    if (is_text && !within) ++groups;
    within = is_text;
    if (!is_text && !field.value.is_number()) {
      return refused("a text index has no other kinds of keys beside it");
    }
  }
  if (groups == 1) return {};
  return refused("'text' fields in index must all be adjacent");
}

}  // namespace

Result<TextSpec> text_spec_of(const Value& index) {
  const Value* const weights = index.find(kWeights);
  if (weights == nullptr || !weights->is_object()) {
    return fail(Code::type_mismatch, "a text index has no weights");
  }
  TextSpec spec;
  for (const Field& field : weights->as_object()) {
    if (!field.value.is_number()) return fail(Code::type_mismatch, "a weight is no number");
    if (field.name == kAll) {
      spec.of_others = field.value.to_double();
    } else {
      spec.weights.emplace(field.name, field.value.to_double());
    }
  }
  spec.language = find_text_language(text_option(index, kDefaultLanguage, kEnglishName));
  if (spec.language == nullptr) return fail(Code::type_mismatch, "a text index has no language");
  spec.override_name = text_option(index, kOverride, kOverrideName);
  return spec;
}

Result<TextOptions> complete_text_options(const Value& given) {
  const Value& key = *given.find("key");
  TRY_STATUS(check_key(key));
  std::map<std::string, Value> weights;
  std::vector<Field> shown;
  bool placed = false;
  for (const Field& field : key.as_object()) {
    if (!field.value.is_string()) {
      shown.push_back(field);
      continue;
    }
    weights.emplace(field.name, Value::int32(1));
    if (std::exchange(placed, true)) continue;
    shown.push_back({"_fts", Value::string(kText)});
    shown.push_back({"_ftsx", Value::int32(1)});
  }
  if (const Value* const asked = given.find(kWeights)) {
    if (!asked->is_object()) return refused("text index option 'weights' must be an object");
    for (const Field& field : asked->as_object()) {
      const double weight = field.value.is_number() ? field.value.to_double() : 0.0;
      if (!(weight >= 1.0 && weight <= kMostWeight) || std::trunc(weight) != weight) {
        return refused("text index weight must be in the exclusive interval (0,100000)");
      }
      weights.insert_or_assign(field.name, Value::int32(static_cast<std::int32_t>(weight)));
    }
  }
  TextOptions options;
  std::vector<Field> sorted;
  for (auto& [path, weight] : weights) sorted.push_back({path, weight});
  options.weights = Value::object(std::move(sorted));
  options.key = Value::object(std::move(shown));
  options.language = text_option(given, kDefaultLanguage, kEnglishName);
  if (find_text_language(options.language) == nullptr) {
    return refused(fmt::format("default_language is not valid: {}", options.language));
  }
  options.override_name = text_option(given, kOverride, kOverrideName);
  if (options.override_name.empty() || options.override_name.starts_with('$')) {
    return refused("language_override is not valid");
  }
  return options;
}

void each_text(const TextSpec& spec, const Value& document,
               const std::function<bool(const TextPart&)>& take) {
  if (!document.is_object()) return;
  Walker(spec, take).walk(document, "", spec.language);
}

Status check_text_document(const TextSpec& spec, const Value& document) {
  const Value* const given = document.find(spec.override_name);
  if (given == nullptr) return {};
  if (!given->is_string()) {
    return error(17261, "found language override field in document with non-string type");
  }
  if (find_text_language(given->as_string()) != nullptr) return {};
  return error(17262, "language override unsupported: {}", given->as_string());
}

TermScores term_scores(const TextSpec& spec, const Value& document) {
  TermScores scores;
  each_text(spec, document, [&](const TextPart& part) {
    struct Uses {
      double count = 0.0;
      double frequency = 0.0;  // 1 + 1/2 + 1/4 …, one for each use
      double next = 1.0;
    };
    std::map<std::string, Uses> words;
    double all = 0.0;
    each_word(*part.language, part.text, [&](std::string_view word) {
      std::string term = term_of(*part.language, word);
      if (term.empty()) return true;
      Uses& uses = words[std::move(term)];
      uses.count += 1.0;
      uses.frequency += uses.next;
      uses.next /= 2.0;
      all += 1.0;
      return true;
    });
    constexpr double kWholeText = 1.1;  // what a text that is the term counts more
    for (const auto& [term, uses] : words) {
      const double share = 0.5 * uses.count / all + 0.5;
      const double whole = equals_ignoring_case(part.text, term) ? kWholeText : 1.0;
      scores[term] += part.weight * uses.frequency * share * whole;
    }
    return true;
  });
  return scores;
}

}  // namespace octavo::mongodb
