#pragma once

// What an operator does to the value at one place of a document.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dialect/mongodb/update/update.h"
#include "function/family.h"
#include "value/value.h"

namespace octavo::mongodb {

// A document that is being updated.
struct Application {
  const value::Value& document;  // as it was before
  bool insert = false;           // by an upsert
  function::EvalContext& context;

  // "_id: 1": what messages say of which document it is.
  std::string id_text() const;
};

// A place in it.
struct EditTarget {
  const value::Value* existing;  // null: there is nothing
  const std::vector<std::string>& path;
  const Application& application;

  std::string path_text() const;  // "a.0.b"
  const std::string& field() const { return path.back(); }
};

struct Change {
  enum class Kind : std::uint8_t { none, set, remove };
  Kind kind = Kind::none;
  value::Value value;  // of `set`

  // `none` if that is what is there.
  static Change to(const value::Value* existing, value::Value value);
  static Change removal(const value::Value* existing);
};

class Modifier {
 public:
  virtual ~Modifier() = default;
  virtual Result<Change> apply(const EditTarget& target) const = 0;
  // Whether it is an error, though it would change nothing there, when something else than a
  // document or an array is on the way.
  virtual bool needs_way() const { return false; }
};
using ModifierPtr = std::shared_ptr<const Modifier>;

// A modifier and its place.
struct PlacedModifier {
  std::string path;
  ModifierPtr modifier;
};

// {$inc: {path: operand}}
struct ModifierCall {
  std::string_view name;
  std::string_view path;
  const value::Value& operand;
  const UpdateContext& context;

  std::string text() const;  // "a: 1"
};

struct ModifierRow {
  std::string_view name;
  // Mostly one, at the path of the call.
  Result<std::vector<PlacedModifier>> (*parse)(const ModifierCall& call);
};

// One at the path of the call.
std::vector<PlacedModifier> placed(const ModifierCall& call, ModifierPtr modifier);

// The tables, one for each file.
std::span<const ModifierRow> field_modifiers();
std::span<const ModifierRow> number_modifiers();
std::span<const ModifierRow> bit_modifiers();
std::span<const ModifierRow> time_modifiers();
std::span<const ModifierRow> rename_modifiers();
std::span<const ModifierRow> push_modifiers();
std::span<const ModifierRow> set_modifiers();  // arrays as sets
std::span<const ModifierRow> pull_modifiers();

}  // namespace octavo::mongodb
