#include "io/completion.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "io/runtime.h"
#include "io/testing.h"

namespace octavo::io {
namespace {

Task<std::string> answer_of(Completion<std::string>& completion, const CancelToken& over) {
  const bool came = co_await completion.wait(over);
  if (!came) co_return "given up";
  co_return completion.take();
}

TEST(Completion, AnswersWhetherItCameBeforeOrAfter) {
  for (const bool early : {true, false}) {
    TestLoop loop;
    CancelSource over;
    Completion<std::string> completion;
    auto callback = completion.callback();
    if (early) callback("done");
    if (!early) loop.executor.post([&] { callback("done"); });
    EXPECT_EQ(loop.run(answer_of(completion, over.token())), "done");
  }
}

TEST(Completion, MayBeGivenUpAndTheAnswerComeLater) {
  TestLoop loop;
  CancelSource over;
  std::move_only_function<void(std::string)> callback;
  {
    Completion<std::string> completion;
    callback = completion.callback();
    loop.executor.post([&] { over.cancel(); });
    EXPECT_EQ(loop.run(answer_of(completion, over.token())), "given up");
  }
  callback("nobody is there");
}

TEST(Completion, ComesFromAnyThread) {
  Runtime runtime({.threads = 1});
  const CancelSource never;
  for (int i = 0; i < 1000; ++i) {
    Completion<std::string> completion;
    std::thread other(
        [callback = completion.callback(), i]() mutable { callback(std::to_string(i)); });
    EXPECT_EQ(block_on(runtime.at(0), answer_of(completion, never.token())), std::to_string(i));
    other.join();
  }
  runtime.stop();
}

}  // namespace
}  // namespace octavo::io
