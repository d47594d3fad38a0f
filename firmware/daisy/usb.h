// The module's serial port on the Seed's micro-USB. The interrupt, which audio
// interrupts, moves bytes between the bus and two rings; the main loop reads
// and writes the rings. When a ring is full the host has to wait.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tombola {

// False when the chip's USB does not start; the module plays without it.
bool InitUsb();

// Up to `limit` bytes that the host has sent; returns how many.
size_t ReadUsb(uint8_t* bytes, size_t limit);

// Takes as many of `count` bytes as there is room for, and returns how many.
// While no host is there they go nowhere.
size_t WriteUsb(const uint8_t* bytes, size_t count);

// Whether the host has fetched all that was written.
bool UsbSent();

}  // namespace tombola
