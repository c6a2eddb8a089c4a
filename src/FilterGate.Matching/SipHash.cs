using System.Buffers.Binary;
using System.Numerics;

namespace FilterGate.Matching;

/// <summary>SipHash-2-4: a short keyed hash that nobody without the key can steer or invert (<see href="https://www.aumasson.jp/siphash/siphash.pdf"/>).</summary>
internal readonly struct SipHash
{
    /// <summary>Length of a key, in bytes.</summary>
    public const int KeyLength = 16;

    private readonly ulong _k0, _k1;

    /// <param name="key"><see cref="KeyLength"/> bytes.</param>
    public SipHash(ReadOnlySpan<byte> key)
    {
        _k0 = BinaryPrimitives.ReadUInt64LittleEndian(key);
        _k1 = BinaryPrimitives.ReadUInt64LittleEndian(key[8..]);
    }

    /// <summary>The hash of some bytes. No allocation.</summary>
    public ulong Hash(ReadOnlySpan<byte> message)
    {
        var state = new State(_k0, _k1);
        var last = (ulong)message.Length << 56;
        for (; message.Length >= 8; message = message[8..]) state.Absorb(BinaryPrimitives.ReadUInt64LittleEndian(message));
        for (var i = 0; i < message.Length; i++) last |= (ulong)message[i] << (8 * i);
        state.Absorb(last);
        return state.Finish();
    }

    private struct State
    {
        private ulong _v0, _v1, _v2, _v3;

        public State(ulong k0, ulong k1)
        {
            // "somepseudorandomlygeneratedbytes", as the paper has it.
            _v0 = k0 ^ 0x736F6D6570736575;
            _v1 = k1 ^ 0x646F72616E646F6D;
            _v2 = k0 ^ 0x6C7967656E657261;
            _v3 = k1 ^ 0x7465646279746573;
        }

        public void Absorb(ulong block)
        {
            _v3 ^= block;
            Round();
            Round();
            _v0 ^= block;
        }

        public ulong Finish()
        {
            _v2 ^= 0xFF;
            for (var i = 0; i < 4; i++) Round();
            return _v0 ^ _v1 ^ _v2 ^ _v3;
        }

        private void Round()
        {
            _v0 += _v1;
            _v1 = BitOperations.RotateLeft(_v1, 13) ^ _v0;
            _v0 = BitOperations.RotateLeft(_v0, 32);
            _v2 += _v3;
            _v3 = BitOperations.RotateLeft(_v3, 16) ^ _v2;
            _v0 += _v3;
            _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
            _v2 += _v1;
            _v1 = BitOperations.RotateLeft(_v1, 17) ^ _v2;
            _v2 = BitOperations.RotateLeft(_v2, 32);
        }
    }
}
