#pragma once

// Rows that were written as JSON a moment ago. A thousand feeds of one table deliver the same row
// values; each I/O thread then writes a row once and copies the text for the others.

#include <string>
#include <vector>

#include "base/result.h"
#include "value/account.h"
#include "value/value.h"

namespace octavo::rethinkdb {

class RowTexts {
 public:
  // Appends a feed's document: its rows (new_val, old_val) from here, everything else written anew.
  Status write_document(const value::Value& document, std::string& out,
                        value::Charge* charge = nullptr);

 private:
  static constexpr std::size_t kSlots = 8192;         // by address, newest wins
  static constexpr std::size_t kMaxTextBytes = 2048;  // of a row that is kept

  struct Slot {
    value::Value row;  // held, so that its address stays its own
    std::string text;
  };

  Status write_row(const value::Value& row, std::string& out, value::Charge* charge);

  std::vector<Slot> slots_ = std::vector<Slot>(kSlots);
};

}  // namespace octavo::rethinkdb
