// Starting the chip anew, as the firmware or as the loader in its ROM, which
// takes a new firmware over USB (DFU).
#pragma once

namespace tombola {

[[noreturn]] void Restart();
[[noreturn]] void RestartInLoader();

// Before anything of the chip is set up: goes to the loader when the firmware
// restarted for it, else returns.
void EnterLoaderIfAsked();

}  // namespace tombola
