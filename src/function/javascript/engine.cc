#include "function/javascript/engine.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/assert.h"
#include "function/javascript/core.h"
#include "function/javascript/natives.h"
#include "function/javascript/text.h"

namespace octavo::javascript {
namespace {

using value::Value;

void* allocate(void* guard, duk_size_t bytes) {
  return static_cast<Guard*>(guard)->allocate(bytes);
}
void* reallocate(void* guard, void* block, duk_size_t bytes) {
  return static_cast<Guard*>(guard)->reallocate(block, bytes);
}
void release(void* guard, void* block) { static_cast<Guard*>(guard)->release(block); }

// All that runs is protected: the machine itself is at fault.
void broken(void* /*guard*/, const char* text) {
  std::fputs(text == nullptr ? "the machine of scripts failed\n" : text, stderr);
  ASSERT(false);
  std::abort();
}

constexpr const char* kConstructors[] = {"Date", "RegExp", "String", "Number", "Boolean"};

// Not of the language, and more that scripts could do harm with: finalizers, threads of their own.
constexpr const char* kForbidden[] = {"Duktape", "CBOR"};

// Before any script.
void fill_stash(duk_context* machine) {
  duk_push_global_object(machine);
  for (const char* const name : kForbidden) duk_del_prop_string(machine, -1, name);
  duk_pop(machine);
  duk_push_heap_stash(machine);
  for (const char* const name : kConstructors) {
    duk_get_global_string(machine, name);
    duk_put_prop_string(machine, -2, name);
  }
  duk_get_global_string(machine, "Date");
  duk_get_prop_string(machine, -1, "prototype");
  duk_get_prop_string(machine, -1, "getTime");
  duk_put_prop_string(machine, -4, stash::kTime);
  duk_pop_2(machine);
  duk_push_bare_object(machine);
  duk_put_prop_string(machine, -2, stash::kTypes);
  duk_push_array(machine);
  duk_put_prop_string(machine, -2, stash::kFunctions);
  duk_pop(machine);
}

void compile_at_top(duk_context* machine, std::string_view source) {
  push_text(machine, "(" + std::string(source) + "\n)");
  duk_push_string(machine, "");
  duk_compile(machine, DUK_COMPILE_EVAL);
  duk_call(machine, 0);
}

// Calls `Work` as a function of the machine, which it is given.
template <class Work>
duk_ret_t protected_work(duk_context* machine, void* work) {
  with_values(machine, [&] { (*static_cast<Work*>(work))(machine); });
  return 0;
}

void push_call(Core& core, duk_context* machine, const FunctionCall& call) {
  duk_push_heapptr(machine, core.functions.at(call.function));
  if (call.self == nullptr) {
    duk_push_global_object(machine);
  } else {
    push_value(machine, *call.self);
  }
  for (const Value& argument : call.arguments) push_value(machine, argument);
  duk_call_method(machine, static_cast<duk_idx_t>(call.arguments.size()));
}

Uncaught describe(duk_context* machine) {
  Uncaught thrown{.is_error = duk_is_error(machine, -1) != 0};
  if (thrown.is_error) {
    duk_get_prop_string(machine, -1, "lineNumber");
    const double line = duk_is_number(machine, -1) != 0 ? duk_get_number(machine, -1) : 0;
    if (line > 0 && line < 1e9) thrown.line = static_cast<std::int32_t>(line);
    duk_pop(machine);
  }
  duk_to_string(machine, -1);
  thrown.text = text_at(machine, -1);
  return thrown;
}

}  // namespace

Core& core_of(duk_context* machine) {
  duk_memory_functions functions;
  duk_get_memory_functions(machine, &functions);
  return *static_cast<Core*>(static_cast<Guard*>(functions.udata));
}

void push_stashed(duk_context* machine, const char* name) {
  duk_push_heap_stash(machine);
  duk_get_prop_string(machine, -1, name);
  duk_remove(machine, -2);
}

void push_text(duk_context* machine, std::string_view utf8) {
  if (is_plain_text(utf8)) {
    duk_push_lstring(machine, utf8.data(), utf8.size());
    return;
  }
  const std::string text = to_script_text(utf8);
  duk_push_lstring(machine, text.data(), text.size());
}

std::string text_at(duk_context* machine, duk_idx_t at) {
  duk_size_t size = 0;
  const char* const data = duk_get_lstring(machine, at, &size);
  const std::string_view text = data == nullptr ? std::string_view() : std::string_view(data, size);
  return is_plain_text(text) ? std::string(text) : from_script_text(text);
}

void throw_text(duk_context* machine, std::string_view text) {
  push_text(machine, text);
  const char* const message = duk_get_string(machine, -1);
  duk_error(machine, DUK_ERR_ERROR, "%s", message == nullptr ? "" : message);
}

Engine::Engine(std::unique_ptr<Core> core) : core_(std::move(core)) {}

Engine::~Engine() {
  if (core_->machine != nullptr) duk_destroy_heap(core_->machine);
}

template <class Work>
Status Engine::run(function::EvalContext& context, Work work) {
  const Guard::Run running(*core_, context);
  TRY_STATUS(running.begun());
  if (core_->is_over()) return fail(*core_->why());
  core_->bytes_made = 0;
  duk_context* const machine = core_->machine;
  const duk_int_t failed_with = duk_safe_call(machine, protected_work<Work>, &work, 0, 1);
  Status status;
  if (failed_with != DUK_EXEC_SUCCESS || core_->is_over()) {
    Uncaught thrown;
    auto describing = [&thrown](duk_context* at) {
      // The error is below what the call has to itself.
      thrown = describe(at);
    };
    using Describing = decltype(describing);
    const bool ended = core_->is_over();
    if (!ended) {
      const duk_int_t unclear =
          duk_safe_call(machine, protected_work<Describing>, &describing, 1, 1);
      if (unclear != DUK_EXEC_SUCCESS) thrown.text = "an error that cannot be shown";
    }
    const auto why = core_->why();
    const bool of_memory = thrown.text.find("alloc failed") != std::string::npos;
    if (why && (core_->is_over() || of_memory)) {
      const bool own = why->code == Code::user_error && why->number == 0;
      status = std::unexpected(
          own ? core_->environment.failure({.text = why->what, .is_limit = true}) : *why);
    } else {
      status = std::unexpected(core_->environment.failure(thrown));
    }
  }
  duk_set_top(machine, 0);
  core_->sources.clear();
  return status;
}

Result<std::unique_ptr<Engine>> Engine::make(const Environment& environment,
                                             function::EvalContext& context) {
  auto core = std::make_unique<Core>(environment);
  {
    const Guard::Run running(*core, context);
    core->machine =
        duk_create_heap(allocate, reallocate, release, static_cast<Guard*>(core.get()), broken);
  }
  if (core->machine == nullptr) {
    return fail(core->why().value_or(
        Error{.code = Code::resource_exhausted, .what = "no memory for scripts"}));
  }
  std::unique_ptr<Engine> engine(new Engine(std::move(core)));
  TRY_STATUS(engine->run(context, [&environment](duk_context* machine) {
    fill_stash(machine);
    compile_at_top(machine, environment.source);
    push_natives(machine);
    duk_call(machine, 1);
  }));
  return engine;
}

Status Engine::compile(std::string_view source, function::EvalContext& context) {
  return run(context, [this, source](duk_context* machine) {
    compile_at_top(machine, source);
    if (duk_is_callable(machine, -1) == 0) throw_text(machine, "not a function");
    void* const function = duk_get_heapptr(machine, -1);
    push_stashed(machine, stash::kFunctions);
    duk_dup(machine, -2);
    duk_put_prop_index(machine, -2, static_cast<duk_uarridx_t>(core_->functions.size()));
    core_->functions.push_back(function);
  });
}

Status Engine::set_global(std::string_view name, const Value& value,
                          function::EvalContext& context) {
  return run(context, [&](duk_context* machine) {
    push_value(machine, value);
    const std::string text = to_script_text(name);
    duk_put_global_lstring(machine, text.data(), text.size());
  });
}

Result<Value> Engine::call(const FunctionCall& call, function::EvalContext& context) {
  Value result;
  core_->kept.clear();
  TRY_STATUS(run(context, [&](duk_context* machine) {
    push_call(*core_, machine, call);
    result = value_at(machine, -1);
  }));
  return result;
}

Result<bool> Engine::call_truth(const FunctionCall& call, function::EvalContext& context) {
  bool result = false;
  TRY_STATUS(run(context, [&](duk_context* machine) {
    push_call(*core_, machine, call);
    result = duk_to_boolean(machine, -1) != 0;
  }));
  return result;
}

std::vector<Value> Engine::take_kept() { return std::exchange(core_->kept, {}); }

bool Engine::is_over() const { return core_->is_over(); }

std::size_t Engine::bytes() const { return core_->bytes(); }

void Engine::collect_garbage(function::EvalContext& context) {
  const Status collected = run(context, [](duk_context* machine) { duk_gc(machine, 0); });
  static_cast<void>(collected);
}

}  // namespace octavo::javascript
