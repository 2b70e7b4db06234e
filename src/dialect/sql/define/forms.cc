#include "dialect/sql/define/forms.h"

#include <utility>

namespace octavo::sql {

using value::Value;

Value form_of(const catalog::PerProtocol& forms, std::string_view name) {
  const Value* found = forms.of(kFormsName).find(name);
  return found == nullptr ? Value() : *found;
}

std::string form_text(const catalog::PerProtocol& forms, std::string_view name) {
  const Value found = form_of(forms, name);
  return found.is_string() ? std::string(found.as_string()) : std::string();
}

bool has_form(const catalog::PerProtocol& forms, std::string_view name) {
  return forms.of(kFormsName).find(name) != nullptr;
}

bool form_flag(const catalog::PerProtocol& forms, std::string_view name) {
  return form_of(forms, name) == Value::boolean(true);
}

void set_form(catalog::PerProtocol& forms, std::string_view name, Value value) {
  const Value& kept = forms.of(kFormsName);
  value::ObjectBuilder builder =
      kept.is_object() ? value::ObjectBuilder(kept) : value::ObjectBuilder();
  builder.set(name, std::move(value));
  forms.set(kFormsName, std::move(builder).build());
}

void set_form(catalog::PerProtocol& forms, std::string_view name, std::string_view text) {
  set_form(forms, name, Value::string(text));
}

void drop_form(catalog::PerProtocol& forms, std::string_view name) {
  if (!has_form(forms, name)) return;
  value::ObjectBuilder builder(forms.of(kFormsName));
  builder.erase(name);
  forms.set(kFormsName, std::move(builder).build());
}

}  // namespace octavo::sql
