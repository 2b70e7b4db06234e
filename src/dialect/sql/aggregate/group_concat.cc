#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "dialect/sql/aggregate/states.h"
#include "dialect/sql/error/error.h"
#include "value/utf8.h"

namespace octavo::sql {
namespace {

using value::Value;

constexpr std::int64_t kUsualMost = 1'024;  // @@group_concat_max_len

BytesView content_of(const Value& value) {
  if (value.type() == value::Type::bytes) return value.as_bytes();
  return value.is_string() ? value.as_string() : BytesView();
}

// Texts in the order they come, or sorted when all are there; cut at a number of bytes.
class GroupConcat final : public function::AggregateState {
 public:
  GroupConcat(Options options, function::EvalContext& context)
      : context_(context),
        charge_(context.account),
        most_(static_cast<std::size_t>(
            std::max<std::int64_t>(number_of(options, "most", kUsualMost), 4))),
        binary_(is_set(options, "binary")) {
    const Value* separator = function::find_option(options, "separator");
    if (separator != nullptr) separator_ = *separator;
    if (is_set(options, "distinct")) met_.emplace(context);
    const Value* descending = function::find_option(options, "descending");
    if (descending == nullptr || !descending->is_array()) return;
    for (const Value& key : descending->as_array()) {
      descending_.push_back(key.type() == value::Type::boolean && key.as_boolean());
    }
  }

  Status add(const Value& argument) override {
    if (!argument.is_array() || argument.as_array().size() != kKeysAt + descending_.size()) {
      return fail(Code::type_mismatch, "A concatenation has another argument.");
    }
    const Value& text = argument.as_array()[0];
    if (text.is_null()) return {};
    if (met_) {
      TRY(const bool is_new, met_->add(argument.as_array()[1]));
      if (!is_new) return {};
    }
    if (descending_.empty()) return append(text);
    TRY_STATUS(charge_.add(sizeof(Waiting)));
    waiting_.push_back({argument, waiting_.size()});
    return {};
  }

  Result<Value> result() override {
    if (!waiting_.empty()) {
      text_.clear();
      texts_ = 0;
      cut_ = false;
    }
    std::ranges::sort(waiting_, [this](const Waiting& a, const Waiting& b) { return less(a, b); });
    for (const Waiting& row : waiting_) TRY_STATUS(append(row.argument.as_array()[0]));
    if (texts_ == 0) return Value();
    return binary_ ? Value::bytes(text_) : Value::string(text_);
  }

 private:
  static constexpr std::size_t kKeysAt = 2;  // behind the text and what is compared

  struct Waiting {
    Value argument;
    std::size_t place;
  };

  bool less(const Waiting& a, const Waiting& b) const {
    for (std::size_t i = 0; i < descending_.size(); ++i) {
      const auto order =
          value::compare(a.argument.as_array()[kKeysAt + i], b.argument.as_array()[kKeysAt + i]);
      if (order != 0) return descending_[i] ? order > 0 : order < 0;
    }
    return a.place < b.place;
  }

  Status append(const Value& text) {
    if (cut_) return {};
    ++texts_;
    if (texts_ > 1) TRY_STATUS(append(content_of(separator_)));
    return cut_ ? Status() : append(content_of(text));
  }
  // As much as fits; the rest, and all that follows, is left out.
  Status append(BytesView part) {
    const std::size_t room = most_ - text_.size();
    cut_ = part.size() > room;
    const BytesView fits = part.substr(0, std::min(part.size(), room));
    TRY_STATUS(charge_.make_room(text_, fits.size()));
    text_.append(fits);
    if (!cut_) return {};
    if (!binary_) text_.resize(value::find_invalid_utf8(text_).value_or(text_.size()));
    if (context_.notes != nullptr) {
      const Error cut = error<1260>(std::to_string(texts_)).error();
      context_.notes->add(function::NoteLevel::warning, cut.number, cut.what);
    }
    return {};
  }

  function::EvalContext& context_;
  value::Charge charge_;
  std::size_t most_;
  bool binary_;
  Value separator_;
  std::vector<bool> descending_;  // for each key of the order
  std::optional<Met> met_;        // if they have to differ
  std::vector<Waiting> waiting_;  // to be sorted
  Bytes text_;
  std::uint64_t texts_ = 0;
  bool cut_ = false;
};

}  // namespace

MadeState make_group_concat(Options options, function::EvalContext& context) {
  return std::make_unique<GroupConcat>(options, context);
}

}  // namespace octavo::sql
