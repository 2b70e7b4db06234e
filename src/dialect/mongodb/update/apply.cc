#include "dialect/mongodb/update/apply.h"

#include <algorithm>
#include <string>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/evaluation.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Value;

// An array grows by so many elements at once, and no more.
constexpr std::size_t kMaxPadding = 1'500'000;
// CannotBackfillArray
constexpr std::uint32_t kCannotPad = 34;

class TreeWalk {
 public:
  explicit TreeWalk(const TreeApplication& application) : application_(application) {}

  Result<Change> at(const UpdateNode& node, const Value* existing) {
    if (node.modifier != nullptr) {
      return node.modifier->apply(
          {.existing = existing, .path = path_, .application = application_.application});
    }
    if (!node.filtered.empty()) return filtered(node, existing);
    if (existing == nullptr) return made(node);
    if (is_document(*existing)) return in_document(node, *existing);
    if (existing->is_array()) return in_array(node, *existing);
    return blocked(node, *existing);
  }

 private:
  using Children = std::vector<std::pair<std::string, UpdateNodePtr>>;

  // Those by name, and that of the position under the number that it is.
  Result<Children> children_of(const UpdateNode& node) const {
    Children children(node.names.begin(), node.names.end());
    if (node.position == nullptr) return children;
    if (!application_.position) {
      return error(ErrorCode::bad_value,
                   "The positional operator did not find the match needed from the query.");
    }
    const std::string number = std::to_string(*application_.position);
    for (auto& [name, child] : children) {
      if (name != number) continue;
      TRY(child, merged(child, node.position, below(number)));
      return children;
    }
    children.emplace_back(number, node.position);
    return children;
  }

  std::string below(std::string_view name) const {
    std::string text;
    for (const std::string& part : path_) text += part + '.';
    return text.append(name);
  }

  Result<Change> child_at(const std::string& name, const UpdateNode& node, const Value* existing) {
    path_.push_back(name);
    Result<Change> change = at(node, existing);
    path_.pop_back();
    return change;
  }

  // A document that is not there yet; nothing when no modifier makes anything in it.
  Result<Change> made(const UpdateNode& node) {
    TRY(const Children children, children_of(node));
    value::ObjectBuilder builder;
    for (const auto& [name, child] : children) {
      TRY(Change change, child_at(name, *child, nullptr));
      if (change.kind == Change::Kind::set) builder.set(name, std::move(change.value));
    }
    if (builder.empty()) return Change();
    return Change{.kind = Change::Kind::set, .value = std::move(builder).build()};
  }

  Result<Change> in_document(const UpdateNode& node, const Value& document) {
    TRY(const Children children, children_of(node));
    std::optional<value::ObjectBuilder> builder;
    for (const auto& [name, child] : children) {
      TRY(Change change, child_at(name, *child, document.find(name)));
      if (change.kind == Change::Kind::none) continue;
      if (!builder) builder.emplace(document);
      if (change.kind == Change::Kind::set) {
        builder->set(name, std::move(change.value));
      } else {
        builder->erase(name);
      }
    }
    if (!builder) return Change();
    return Change{.kind = Change::Kind::set, .value = std::move(*builder).build()};
  }

  // The elements of an array, which are copied when the first of them changes.
  class Elements {
   public:
    explicit Elements(const Value& array) : array_(array.as_array()) {}

    const Value* find(std::size_t position) const {
      if (copied_) return position < copy_.size() ? &copy_[position] : nullptr;
      return position < array_.size() ? &array_[position] : nullptr;
    }
    std::size_t size() const { return copied_ ? copy_.size() : array_.size(); }

    // An element that is removed leaves null.
    Status take(std::size_t position, Change change) {
      if (change.kind == Change::Kind::none) return {};
      if (position >= size() && position - size() > kMaxPadding) {
        return error(kCannotPad, "can't backfill more than {} elements", kMaxPadding);
      }
      if (!copied_) copy_.assign(array_.begin(), array_.end());
      copied_ = true;
      if (position >= copy_.size()) copy_.resize(position + 1);
      copy_[position] = change.kind == Change::Kind::set ? std::move(change.value) : Value();
      return {};
    }
    Change finish() && {
      if (!copied_) return {};
      return {.kind = Change::Kind::set, .value = Value::array(std::move(copy_))};
    }

   private:
    value::ArrayView array_;
    std::vector<Value> copy_;
    bool copied_ = false;
  };

  Result<Change> in_array(const UpdateNode& node, const Value& array) {
    TRY(const Children children, children_of(node));
    Elements elements(array);
    for (const auto& [name, child] : children) {
      const auto position = position_of(name);
      if (!position) {
        TRY_STATUS(check_blocked(name, *child, array));
        continue;
      }
      TRY(Change change, child_at(name, *child, elements.find(*position)));
      if (*position >= elements.size() && *position < kMaxPadding + elements.size()) {
        TRY_STATUS(application_.application.context.require(*position * sizeof(Value)));
      }
      TRY_STATUS(elements.take(*position, std::move(change)));
    }
    return std::move(elements).finish();
  }

  // Nothing can be made below a value that has no fields; other modifiers find nothing there.
  Result<Change> blocked(const UpdateNode& node, const Value& blocking) {
    TRY(const Children children, children_of(node));
    for (const auto& [name, child] : children) TRY_STATUS(check_blocked(name, *child, blocking));
    return Change();
  }
  Status check_blocked(const std::string& name, const UpdateNode& child, const Value& blocking) {
    TRY(const Change change, child_at(name, child, nullptr));
    if (change.kind != Change::Kind::set && !needs_way(child)) return {};
    return error(ErrorCode::path_not_viable, "Cannot create field '{}' in element {{{}: {}}}", name,
                 path_.empty() ? std::string() : path_.back(), print(blocking));
  }

  static bool needs_way(const UpdateNode& node) {
    const auto any = [](const auto& children) {
      return std::ranges::any_of(children,
                                 [](const auto& child) { return needs_way(*child.second); });
    };
    if (node.modifier != nullptr) return node.modifier->needs_way();
    return any(node.names) || any(node.filtered) ||
           (node.position != nullptr && needs_way(*node.position));
  }

  Result<Change> filtered(const UpdateNode& node, const Value* existing) {
    const std::string name = path_.empty() ? std::string() : path_.back();
    if (existing == nullptr) {
      return error(ErrorCode::bad_value,
                   "The path '{}' must exist in the document in order to apply array updates.",
                   fmt::join(path_, "."));
    }
    if (!existing->is_array()) {
      return error(ErrorCode::bad_value, "Cannot apply array updates to non-array element {}: {}",
                   name, print(*existing));
    }
    Elements elements(*existing);
    for (std::size_t i = 0; i < elements.size(); ++i) {
      TRY_STATUS(application_.application.context.check());
      const std::string number = std::to_string(i);
      const Value* element = elements.find(i);
      TRY(const UpdateNodePtr child, child_of(node, *element, number));
      if (child == nullptr) continue;
      TRY(Change change, child_at(number, *child, element));
      TRY_STATUS(elements.take(i, std::move(change)));
    }
    return std::move(elements).finish();
  }

  // What happens to an element: all that has a filter which is true of it. Null: nothing.
  Result<UpdateNodePtr> child_of(const UpdateNode& node, const Value& element,
                                 const std::string& number) const {
    UpdateNodePtr child;
    for (const auto& [name, part] : node.filtered) {
      TRY(const bool meant, is_meant(name, element));
      if (!meant) continue;
      TRY(child, merged(child, part, below(number)));
    }
    return child;
  }
  Result<bool> is_meant(const std::string& name, const Value& element) const {
    if (name.empty()) return true;
    const auto filter = application_.filters.find(name);
    if (filter == application_.filters.end()) {
      return fail(Code::internal, "an array filter is missing");
    }
    const Value shown = Value::object({{name, element}});
    TRY(const Item holds,
        evaluate_item(filter->second, {&shown, 1}, application_.application.context));
    return is_truthy(holds);
  }

  const TreeApplication& application_;
  std::vector<std::string> path_;
};

}  // namespace

Result<std::optional<Value>> apply_tree(const UpdateNode& tree,
                                        const TreeApplication& application) {
  TRY(Change change, TreeWalk(application).at(tree, &application.application.document));
  if (change.kind != Change::Kind::set) return std::optional<Value>();
  return std::optional(std::move(change.value));
}

}  // namespace octavo::mongodb
