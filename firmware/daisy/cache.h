// Caches on, with the DMA buffers and the external memories kept out.
#pragma once

namespace tombola {

void InitCache();

// Lets the program read the 8 MB at 0x90000000, past the cache, or forbids it
// again: nothing answers there while the flash chip is being written.
void OpenFlashWindow();
void CloseFlashWindow();

}  // namespace tombola
