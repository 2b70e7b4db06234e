#pragma once

// Writes that a client may send a second time: what the log keeps of them, so that they happen once
// (docs/formats/transaction.md, items 03 and 08).

#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace octavo {

// Statements of one number that were done by one transaction, and what each of them came to: bytes
// of whoever asked for it.
struct DoneStatements {
  std::uint32_t first = 0;
  std::uint32_t count = 1;  // at least 1; the last one has a number of 32 bits
  Bytes outcome;

  std::uint64_t end() const { return std::uint64_t{first} + count; }
};

// Numbers of one session only grow. Without statements all of a number is one transaction; with
// them several may have it, each of them with statements that no other has.
struct RetryToken {
  Bytes session;
  std::uint64_t number = 0;
  std::vector<DoneStatements> statements;
};

// What is known of a session: its highest number, and what of that was done.
struct RetriedSession {
  std::uint64_t number = 0;
  std::vector<DoneStatements> statements;  // ascending
};

}  // namespace octavo
