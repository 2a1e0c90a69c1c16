// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/** Has the classes of this project a second time, some of them with a call of {@link Strike} before each byte code. */
final class WovenLoader extends ClassLoader {

    private static final String OURS = "dev.weir.";

    private final Set<String> woven;

    WovenLoader(Set<String> woven) {
        super(WovenLoader.class.getClassLoader());
        this.woven = woven;
        for (String name : woven) {
            if (getParent().getResource(fileOf(name)) == null) {
                throw new IllegalArgumentException("there is no class " + name);
            }
        }
    }

    private static String fileOf(String className) {
        return className.replace('.', '/') + ".class";
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(OURS) || name.equals(Strike.class.getName())) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> known = findLoadedClass(name);
            return known != null ? known : define(name);
        }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
        try (InputStream file = getParent().getResourceAsStream(fileOf(name))) {
            if (file == null) {
                throw new ClassNotFoundException(name);
            }
            byte[] bytes = file.readAllBytes();
            byte[] code = woven.contains(name) ? weave(bytes) : bytes;
            return defineClass(name, code, 0, code.length);
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    private static byte[] weave(byte[] bytes) {
        ClassReader reader = new ClassReader(bytes);
        ClassWriter writer = new ClassWriter(0);
        reader.accept(
                new ClassVisitor(Opcodes.ASM9, writer) {
                    @Override
                    public MethodVisitor visitMethod(
                            int access, String name, String descriptor, String signature, String[] exceptions) {
                        MethodVisitor to = super.visitMethod(access, name, descriptor, signature, exceptions);
                        return name.equals("<clinit>") ? to : new EachByteCode(to);
                    }
                },
                0);
        return writer.toByteArray();
    }

    private static final class EachByteCode extends MethodVisitor {

        EachByteCode(MethodVisitor to) {
            super(Opcodes.ASM9, to);
        }

        private void here() {
            place("here");
        }

        private void place(String kind) {
            super.visitMethodInsn(Opcodes.INVOKESTATIC, Type.getInternalName(Strike.class), kind, "()V", false);
        }

        @Override
        public void visitInsn(int opcode) {
            here();
            super.visitInsn(opcode);
        }

        @Override
        public void visitIntInsn(int opcode, int operand) {
            here();
            super.visitIntInsn(opcode, operand);
        }

        @Override
        public void visitVarInsn(int opcode, int variable) {
            here();
            super.visitVarInsn(opcode, variable);
        }

        @Override
        public void visitTypeInsn(int opcode, String type) {
            // Frames know an object that is not initialized by the place of its NEW.
            if (opcode != Opcodes.NEW) {
                here();
            }
            super.visitTypeInsn(opcode, type);
        }

        @Override
        public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
            here();
            super.visitFieldInsn(opcode, owner, name, descriptor);
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean ofInterface) {
            place("call");
            super.visitMethodInsn(opcode, owner, name, descriptor, ofInterface);
        }

        @Override
        public void visitInvokeDynamicInsn(String name, String descriptor, Handle method, Object... arguments) {
            place("call");
            super.visitInvokeDynamicInsn(name, descriptor, method, arguments);
        }

        @Override
        public void visitJumpInsn(int opcode, Label label) {
            here();
            super.visitJumpInsn(opcode, label);
        }

        @Override
        public void visitLdcInsn(Object value) {
            here();
            super.visitLdcInsn(value);
        }

        @Override
        public void visitIincInsn(int variable, int increment) {
            here();
            super.visitIincInsn(variable, increment);
        }

        @Override
        public void visitTableSwitchInsn(int min, int max, Label otherwise, Label... labels) {
            here();
            super.visitTableSwitchInsn(min, max, otherwise, labels);
        }

        @Override
        public void visitLookupSwitchInsn(Label otherwise, int[] keys, Label[] labels) {
            here();
            super.visitLookupSwitchInsn(otherwise, keys, labels);
        }
    }
}
