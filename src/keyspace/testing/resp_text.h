#pragma once

// Replies as readable text, for tests: every RESP type looks different and one reply is one line.
// +OK, -ERR text, :1, "bulk", nil, [array], ~{set}, %{map}, ,1.5, #t

#include <string>
#include <string_view>
#include <vector>

namespace octavo::keyspace {

// Of one whole reply. With `sorted`, the elements of the outermost array or set are put in order.
std::string resp_text(std::string_view reply, bool sorted = false);

// Splits a command line as redis-cli does: words, "..." with escapes, '...'.
std::vector<std::string> split_command_line(std::string_view line);

}  // namespace octavo::keyspace
