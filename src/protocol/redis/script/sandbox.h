#pragma once

// What scripts of different users share they can look at and not change. Lua 5.1 has no tables that
// cannot be written, so scripts see empty ones that stand for them: reading goes on to what is
// behind, writing is an error, and the functions of Lua that would pass them by know them.
// Within a protected call.

#include <lua.hpp>

namespace octavo::redis {

// Opens the libraries that scripts may use and puts safe functions in the place of others. To be
// called once, on a new state.
void open_libraries(lua_State* lua);
// After the globals are complete: puts stand-ins in the place of all tables among them, and of the
// table of globals.
void close_sandbox(lua_State* lua);
// The table on the top is replaced by its stand-in. `strict`: reading what it lacks is an error.
void protect_table(lua_State* lua, bool strict);
// Pushes the table behind the globals, for what only we write.
void push_globals(lua_State* lua);
// Globals are looked for in the table on the top, which is popped.
void set_globals(lua_State* lua);

}  // namespace octavo::redis
