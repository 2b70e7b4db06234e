// A keyspace on standard input and output: RESP commands in, replies out. The differential test
// drives it next to a real redis-server.
//
// Besides the keyspace's commands it knows MULTI/EXEC/DISCARD/WATCH/UNWATCH, SELECT, HELLO and
// `PIPE.VERIFY`, which answers whether a second keyspace that replayed the logged operations
// only, and a third that loaded a snapshot of the first, hold the same keys.

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "keyspace/batch.h"
#include "keyspace/command_table.h"
#include "keyspace/context.h"
#include "keyspace/keyspace.h"
#include "keyspace/testing/test_session.h"

namespace octavo::keyspace {
namespace {

bool read_line(std::string& line) {
  if (!std::getline(std::cin, line)) return false;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return true;
}

bool read_command(std::vector<std::string>& args) {
  args.clear();
  std::string line;
  if (!read_line(line) || line.size() < 2 || line[0] != '*') return false;
  const int count = std::stoi(line.substr(1));
  for (int i = 0; i < count; ++i) {
    if (!read_line(line) || line.empty() || line[0] != '$') return false;
    std::string arg(static_cast<std::size_t>(std::stoul(line.substr(1))), '\0');
    std::cin.read(arg.data(), static_cast<std::streamsize>(arg.size()));
    char line_end[2];
    std::cin.read(line_end, 2);  // ignore(2) would wait for a third byte
    args.push_back(std::move(arg));
  }
  return !args.empty();
}

int run() {
  TestSession session;
  std::vector<std::string> args;
  while (read_command(args)) {
    const std::string reply = session.run(args, system_clock().wall_ns());
    std::cout.write(reply.data(), static_cast<std::streamsize>(reply.size()));
    std::cout.flush();
  }
  return 0;
}

}  // namespace
}  // namespace octavo::keyspace

int main() {
  std::ios::sync_with_stdio(false);
  return octavo::keyspace::run();
}
