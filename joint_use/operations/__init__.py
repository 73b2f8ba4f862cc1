"""One async function per thing that can be done about who takes part."""
