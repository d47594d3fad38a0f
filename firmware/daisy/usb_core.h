// The USB core as a full-speed device: start, reset, and packets to and from
// endpoints. Everything but the start runs in the USB interrupt.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tombola {

// Pins, clock and core; the pull-up on D+ tells the host that somebody is
// there. False when the supply or the core does not answer: then there is no
// USB.
bool StartUsbCore();

// RM0433, initialization on USB reset: only endpoint 0 is left, at address 0.
void ResetUsbCore();

// After the reset, at full speed: endpoint 0 has packets of 64 bytes.
void SetUpUsbControl();

void SetUsbAddress(uint32_t address);

// Makes the data and notice endpoints work, and takes the first packet.
void OpenUsbEndpoints();

// Has the core take one packet, up to kUsbPacket bytes, or a set-up on 0.
void ReceiveUsbPacket(uint32_t endpoint);

// Hands the core one packet; it is an error to do so before the last is gone.
void SendUsbPacket(uint32_t endpoint, const uint8_t* bytes, size_t count);

// Takes a packet that has arrived out of the core; `bytes` has room for it.
void ReadUsbFifo(uint8_t* bytes, size_t count);

// Forgets a packet that the host has not fetched.
void ForgetUsbPacket(uint32_t endpoint);

// Answers nothing but STALL: on 0 up to the next set-up, else until ended.
void StallUsb(uint32_t endpoint, bool in);
bool UsbStalled(uint32_t endpoint, bool in);

// Ends a STALL of another endpoint than 0, which begins with DATA0 again.
void EndUsbStall(uint32_t endpoint, bool in);

}  // namespace tombola
