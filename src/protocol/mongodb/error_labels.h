#pragma once

// What drivers are told to do about an error: to try the whole transaction again, or the write, or
// to open a change stream anew where it stood.

#include <cstdint>
#include <string>
#include <vector>

namespace octavo::mongodb {

// Where an error came from.
struct ErrorPlace {
  bool in_transaction = false;    // of a statement in one, its commit left out
  bool ends_transaction = false;  // of commitTransaction or abortTransaction
  bool is_retryable_write = false;
  bool reads_changes = false;  // of getMore on a change stream
};

std::vector<std::string> error_labels(std::uint32_t number, const ErrorPlace& place);

}  // namespace octavo::mongodb
