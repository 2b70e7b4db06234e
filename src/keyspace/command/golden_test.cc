// Runs tests/redis/golden/*.txt: commands with the replies that Redis 7.0.15 gave
// (tests/redis/record_golden.py). After each file the replayed log and a loaded snapshot must
// hold the same keys.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "keyspace/testing/resp_text.h"
#include "keyspace/testing/test_session.h"

namespace octavo::keyspace {
namespace {

constexpr std::int64_t kStartNs = 1'700'000'000'000'000'000;

void run_file(const std::filesystem::path& path) {
  TestSession session;
  std::int64_t now_ns = kStartNs;
  std::ifstream file(path);
  std::string line;
  std::string command;
  bool sorted = false;
  int number = 0;
  while (std::getline(file, line)) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with("!protocol ")) {
      session.set_protocol(line.back() - '0');
    } else if (line.starts_with("!sleep ")) {
      now_ns += std::stoll(line.substr(7)) * 1'000'000;
    } else if (line.starts_with("> ") || line.starts_with("~> ")) {
      sorted = line[0] == '~';
      command = line.substr(sorted ? 3 : 2);
    } else {
      const std::string reply = session.run(split_command_line(command), now_ns);
      EXPECT_EQ(resp_text(reply, sorted), line)
          << path.string() << ":" << number << ": " << command;
    }
  }
  EXPECT_EQ(session.compare(), "") << path.string();
}

TEST(GoldenTest, RepliesAreThoseOfRedis) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/redis/golden")) {
    run_file(entry.path());
    ++files;
  }
  EXPECT_GT(files, 5);
}

}  // namespace
}  // namespace octavo::keyspace
