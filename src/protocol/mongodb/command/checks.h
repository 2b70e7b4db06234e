#pragma once

// What is looked at before a command runs, the same for all: docs/protocols/mongodb.md.

#include "base/result.h"
#include "protocol/mongodb/command/call.h"

namespace octavo::mongodb {

// Used once, on the connection's thread.
class CallChecks {
 public:
  explicit CallChecks(CommandCall& call) : call_(call) {}

  // Fields, concerns, the namespace, rights: everything but the state of the client's session.
  // Fills in what the call says of itself.
  Status check();
  // Whether it has to have its session for itself, before the next one.
  bool needs_session() const { return call_.txn_number_.has_value(); }
  // With the session checked out: begins a transaction, or goes on with one, and lets the
  // statement run in it.
  Status enter(ClientSession& session);

  void allow_exhaust() { call_.exhaust_allowed_ = true; }

  struct General {
    std::string_view name;
    FieldTypes types = field::kAny;
    Status (CallChecks::*take)(const value::Value& value) = nullptr;  // null: passed over
  };

 private:
  friend bool is_general_field(std::string_view name);
  static const General kGeneral[];

  Status take_api_version(const value::Value& value);
  Status take_api_strict(const value::Value& value);
  Status take_api_deprecation(const value::Value& value);
  Status take_session(const value::Value& value);
  Status take_number(const value::Value& value);
  Status take_autocommit(const value::Value& value);
  Status take_start(const value::Value& value);
  Status take_read_concern(const value::Value& value);
  Status take_write_concern(const value::Value& value);
  Status take_time(const value::Value& value);
  Status take_preference(const value::Value& value);
  Status take_cluster_time(const value::Value& value);

  Status check_general();
  Status check_api() const;
  Status check_transaction() const;
  Status check_concerns();
  void use_default_concern();
  Status check_fields();
  Status check_namespace();
  Status begin_transaction(ClientSession& session);

  CommandCall& call_;
  std::optional<bool> autocommit_;
  std::optional<bool> start_;
  bool api_fields_ = false;  // apiStrict or apiDeprecationErrors stands there
};

// Whether any command may have the field, and means the same by it.
bool is_general_field(std::string_view name);

}  // namespace octavo::mongodb
