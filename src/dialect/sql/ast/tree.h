#pragma once

#include "dialect/sql/ast/arena.h"
#include "dialect/sql/ast/statement.h"

namespace octavo::sql {

// One statement, its text and the memory of its nodes: immutable, and may be read from any thread.
// Moving it moves no node.
class Tree {
 public:
  Tree(Arena arena, Statement statement, std::uint32_t parameters, std::uint32_t text_bytes)
      : arena_(std::move(arena)),
        statement_(statement),
        parameters_(parameters),
        text_bytes_(text_bytes) {}

  const Statement& statement() const { return statement_; }
  std::uint32_t parameters() const { return parameters_; }  // number of `?`
  // Bytes of the given text up to behind the statement's `;`, or all: where the next one begins.
  std::uint32_t text_bytes() const { return text_bytes_; }
  std::size_t memory_bytes() const { return arena_.bytes(); }

 private:
  Arena arena_;
  Statement statement_;
  std::uint32_t parameters_;
  std::uint32_t text_bytes_;
};

}  // namespace octavo::sql
