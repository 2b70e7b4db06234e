// Documents made by a tree of fields.

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/project/operation_tables.h"
#include "dialect/mongodb/project/operations.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

enum class Mode : std::uint8_t { include, exclude, add };

std::unexpected<Error> wrong_tree() {
  return fail(Code::type_mismatch, "a projection has a tree of another form");
}

bool has_computed(const Value& tree) {
  for (const value::Field& field : tree.as_object()) {
    if (field.value.type() == Type::int64) return true;
    if (field.value.is_object() && has_computed(field.value)) return true;
  }
  return false;
}

class Shaper {
 public:
  // Computed fields are arguments from `first` on.
  Shaper(Mode mode, const OperationCall& call, LazyArguments& arguments, std::size_t first)
      : mode_(mode), call_(call), arguments_(arguments), first_(first) {}

  Result<Value> shape(const Value& document, const Value& tree) {
    if (!tree.is_object()) return wrong_tree();
    if (mode_ == Mode::add) return computed(document, tree);
    TRY(Value kept, keep(document, tree));
    if (!has_computed(tree)) return kept;
    return computed(kept, tree);
  }

 private:
  // Of fields that are there: what stays of them.
  Result<Value> keep(const Value& document, const Value& tree) {
    TRY_STATUS(call_.context.check());
    value::ObjectBuilder builder;
    for (const value::Field& field : document.as_object()) {
      const Value* entry = tree.find(field.name);
      if (entry == nullptr || entry->type() == Type::int64) {
        if (mode_ == Mode::exclude) builder.append(field.name, field.value);
      } else if (entry->is_object()) {
        TRY(Item part, keep_part(field.value, *entry));
        if (part) builder.append(field.name, *std::move(part));
      } else if (mode_ == Mode::include) {
        builder.append(field.name, field.value);
      }
    }
    return std::move(builder).build();
  }

  Result<Item> keep_part(const Value& part, const Value& tree) {
    if (is_document(part)) {
      TRY(Value kept, keep(part, tree));
      return Item(std::move(kept));
    }
    // What fields are computed for becomes a document later.
    if (!part.is_array()) {
      return mode_ == Mode::exclude || has_computed(tree) ? Item(part) : Item();
    }
    std::vector<Value> elements;
    for (const Value& element : part.as_array()) {
      TRY(Item kept, keep_part(element, tree));
      if (kept) elements.push_back(*std::move(kept));
    }
    return Item(Value::array(std::move(elements)));
  }

  Result<Value> computed(const Value& document, const Value& tree) {
    TRY_STATUS(call_.context.check());
    value::ObjectBuilder builder(document);
    for (const value::Field& entry : tree.as_object()) {
      if (entry.value.type() == Type::int64) {
        TRY(Item item, argument(entry.value.as_int64()));
        if (item) {
          builder.set(entry.name, *std::move(item));
        } else {
          builder.erase(entry.name);
        }
      } else if (entry.value.is_object() && has_computed(entry.value)) {
        TRY(Value part, computed_part(builder.find(entry.name), entry.value));
        builder.set(entry.name, std::move(part));
      }
    }
    return std::move(builder).build();
  }

  // What is no document becomes one that has what is computed and nothing else.
  Result<Value> computed_part(const Value* part, const Value& tree) {
    if (part == nullptr || (!is_document(*part) && !part->is_array())) {
      return computed(Value::object({}), tree);
    }
    if (!part->is_array()) return computed(*part, tree);
    std::vector<Value> elements;
    elements.reserve(part->as_array().size());
    for (const Value& element : part->as_array()) {
      TRY(Value made, computed_part(&element, tree));
      elements.push_back(std::move(made));
    }
    return Value::array(std::move(elements));
  }

  Result<Item> argument(std::int64_t number) {
    const std::size_t count = arguments_.size() - first_;
    if (number < 0 || std::cmp_greater_equal(number, count)) return wrong_tree();
    return arguments_.evaluate(first_ + static_cast<std::size_t>(number));
  }

  Mode mode_;
  const OperationCall& call_;
  LazyArguments& arguments_;
  std::size_t first_;
};

// The tree is argument `kTree`, and what is computed stands behind it.
template <Mode kMode, std::size_t kTree>
Result<Item> shape(const OperationCall& call, LazyArguments& arguments) {
  TRY(Item document, arguments.evaluate(0));
  if (!document || !is_document(*document)) return document;
  const auto* tree = std::get_if<algebra::Const>(&arguments.expression(kTree)->node);
  if (tree == nullptr) return wrong_tree();
  TRY(Value made, Shaper(kMode, call, arguments, kTree + 1).shape(*document, tree->value));
  return Item(std::move(made));
}

Result<Item> new_root(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const Item& root = arguments[0];
  if (root && is_document(*root)) return root;
  return error(40228,
               "'newRoot' expression must evaluate to an object, but resulting value was: {}. Type "
               "of resulting value: '{}'. Input document: {}",
               print_operand(root), type_alias(root), print_operand(arguments[1]));
}

constexpr OperationRow kRows[] = {
    {.number = op::kInclude,
     .name = "project.include",
     .least = 3,
     .flags = operation_flag::kReadsFields,
     .lazy = shape<Mode::include, 2>},
    {.number = op::kExclude,
     .name = "project.exclude",
     .least = 2,
     .lazy = shape<Mode::exclude, 1>},
    {.number = op::kAddFields, .name = "project.add", .least = 2, .lazy = shape<Mode::add, 1>},
    {.number = op::kNewRoot, .name = "project.root", .least = 2, .eager = new_root},
};

}  // namespace

std::span<const OperationRow> shape_operations() { return kRows; }

}  // namespace octavo::mongodb
