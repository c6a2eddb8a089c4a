using System.Text;
using FilterGate.Commands;

// The composition root. What a command needs it makes itself from its settings, so that `check` does not start a listener; see Commands/, one file each.
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
return await CommandLine.RunAsync(new CommandHost(), args, Console.Out, Console.Error);
