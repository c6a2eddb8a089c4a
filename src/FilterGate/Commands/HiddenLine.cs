using System.Text;

namespace FilterGate.Commands;

/// <summary>A line that somebody types and nobody sees.</summary>
internal static class HiddenLine
{
    /// <summary>Reads up to Enter; Backspace takes the last character back.</summary>
    public static string Read()
    {
        var line = new StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key.Key is ConsoleKey.Enter) break;
            if (key.Key is ConsoleKey.Backspace) line.Length = Math.Max(0, line.Length - 1);
            else if (!char.IsControl(key.KeyChar)) line.Append(key.KeyChar);
        }
        Console.Error.WriteLine();
        return line.ToString();
    }
}
