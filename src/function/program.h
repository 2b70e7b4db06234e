#pragma once

// A lambda over a document, as kernels over fields (function/kernel.h). Immutable; shared by
// threads. What it is run with, a ProgramState, is one thread's.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "function/family.h"
#include "function/kernel.h"
#include "value/string_arena.h"

namespace octavo::function {

// The fields that programs over the same documents read, each once for each shape.
class FieldList {
 public:
  struct Field {
    std::vector<std::string> path;  // names, from the document downwards
    Shape shape = Shape::any;
    bool missing_is_null = false;  // to the family that reads it
    friend bool operator==(const Field&, const Field&) = default;
  };
  // Its place. Nothing when there are kMaxFields already: each takes memory for a batch, and a
  // client writes them.
  std::optional<std::size_t> add(Field field);
  // Forgets those that were added since there were `size`.
  void shrink(std::size_t size) { fields_.resize(size); }
  std::span<const Field> fields() const { return fields_; }
  static constexpr std::size_t kMaxFields = 64;

 private:
  std::vector<Field> fields_;
};

// Of a row of a typed operand, whatever its form is.
struct alignas(8) TypedBytes {
  std::byte of[16];
};

std::size_t bytes_of(Shape shape);  // of a row
// The value of a row of a typed operand that is present there.
value::Value typed_value(const Operand& operand, std::size_t row);
// The value of a row: nothing where it is missing or deferred.
std::optional<value::Value> value_of(const Operand& operand, Shape shape, std::size_t row);

class Program {
 public:
  // Null when there are no kernels for all of the lambda, or when it has more than kMaxNodes or
  // needs too many fields. With `wanted` the result has that shape. Adds to `fields` what the
  // program reads.
  static std::shared_ptr<const Program> compile(const algebra::ExprPtr& lambda,
                                                std::optional<Shape> wanted, FieldList& fields);
  // The same of the last of several, each over what the one before it gives, the first over the
  // document. Good for rows for which those before it give something.
  static std::shared_ptr<const Program> compile(std::span<const algebra::ExprPtr> chain,
                                                std::optional<Shape> wanted, FieldList& fields);
  // Nodes take one register each, and a client writes them.
  static constexpr std::size_t kMaxNodes = 64;

  Shape shape() const { return nodes_.back().shape; }
  // Whether it does more than to read a field or a constant.
  bool computes() const { return nodes_.back().kernel != nullptr; }

 private:
  friend class Compiler;
  friend class ProgramState;

  // Operands come before who uses them; the last node is the result.
  struct Node {
    Shape shape = Shape::any;
    std::optional<std::size_t> field;  // in the list
    value::Value constant;             // where there is neither a field nor a kernel
    const KernelRow* kernel = nullptr;
    double setting = 0;
    PreparedPtr prepared;
    std::array<std::size_t, kMaxOperands> operands{};
  };
  std::vector<Node> nodes_;
};

class ProgramState {
 public:
  // `resource_exhausted` when the account in `context` cannot have the registers.
  static Result<ProgramState> make(std::shared_ptr<const Program> program, EvalContext& context);

  // `fields[i]` holds the values of field i of the list, all for `rows` rows. The result is good
  // until the next run, and no longer than the fields.
  Operand run(std::span<const Operand> fields, std::size_t rows);

 private:
  // What a node gives. A constant fills all rows once.
  struct Register {
    std::vector<double> numbers;
    std::vector<std::uint8_t> booleans;
    std::vector<value::StringRef> texts;
    std::vector<value::Value> values;
    std::vector<TypedBytes> typed;
    std::vector<std::uint8_t> states;
    std::unique_ptr<value::StringArena> arena;  // of typed ones
    std::size_t filled = 0;                     // rows of a typed constant
    Operand operand;
  };

  ProgramState(std::shared_ptr<const Program> program, value::Charge held)
      : program_(std::move(program)), held_(std::move(held)) {}
  static void fill_constant(const Program::Node& node, Register& into);
  static void fill_typed(const Program::Node& node, std::size_t rows, Register& into);
  void run_kernel(const Program::Node& node, std::size_t rows, Register& into);

  std::shared_ptr<const Program> program_;
  value::Charge held_;
  std::vector<Register> registers_;  // one for each node
};

}  // namespace octavo::function
